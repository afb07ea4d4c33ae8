// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/run/campaign.hpp"
#include "codesign/run/database.hpp"

namespace dyad::codesign {

/// What decides the result of a run: the command, the seed, the shard, the program's version and the contents of every
/// file that takes part, technology tables included.
[[nodiscard]] Identity identify(const Experiment& experiment, const std::string& command, const Shard& shard);

/// "seed is 1, expected 5" for the first thing in which `found` is not `expected`; "" when they agree.
[[nodiscard]] std::string first_difference(const Identity& found, const Identity& expected);

}  // namespace dyad::codesign
