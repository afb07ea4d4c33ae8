// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "core/document.hpp"

namespace dyad::codesign {

/// A mapping file as it stands or, of what `dyad map --format json` has written, its `plan`, else its `mapping` as a
/// mapping file has it. Throws core::Error.
[[nodiscard]] std::shared_ptr<const core::Document> read_mapping(const std::string& argument);

}  // namespace dyad::codesign
