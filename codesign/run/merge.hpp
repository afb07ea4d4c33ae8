// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Makes the finished shards of one sweep into the run that the whole sweep would have been, in `directory`. Throws
/// core::Error when they are not all the shards of one sweep, each once and finished.
[[nodiscard]] Run merge(const std::vector<std::filesystem::path>& shards, const std::filesystem::path& directory);

}  // namespace dyad::codesign
