// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "models/mapper/problem.hpp"

namespace dyad::models::mapper {

/// What an engine does with the indices of one role within a full tile.
struct RoleLayout {
    using Sizes = std::vector<std::pair<std::string, std::uint64_t>>;  ///< by dimension, those above 1
    Role role = Role::pixels;
    Sizes tile{};
    Sizes unrolled{};                    ///< side by side, by dimension
    std::uint64_t together = 1;          ///< side by side of what is left, dimensions folded into one
    LoopAxis axis = LoopAxis::temporal;  ///< of the array, on which those lie
    std::uint64_t kept = 1;              ///< steps whose operand an element keeps at the same time
    std::uint64_t steps = 1;             ///< one after another: folds, or what streams past the array
    bool streamed = false;
};

/// By role. `loops` go over the tiles of the problem's nest.
[[nodiscard]] std::vector<RoleLayout> layout(const Problem& problem, const std::vector<TileLoop>& loops);

}  // namespace dyad::models::mapper
