// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Half-widths of the 90 % intervals of a front pair's objectives, relative; by objective, 0 where none is known.
using Spreads = std::vector<std::vector<double>>;  ///< by front pair (as Run::front), then by objective

/// The pairs that the page draws: the front, and as many others as fit into `most`, thinned evenly.
[[nodiscard]] std::vector<std::size_t> shown_pairs(const Run& run, std::size_t most);

/// {"genes": [{"name", "settings"}], "pairs": {"ids", "state", "objectives", "spread", "genes"}}: a column an objective
/// and a choice. States: 2 on the front, 1 feasible, 0 over a budget. Settings are numbers, -1 where a choice is not
/// active.
[[nodiscard]] nlohmann::ordered_json columns_json(const Run& run, const std::vector<std::size_t>& shown,
                                                  const Spreads& spreads);

}  // namespace dyad::codesign
