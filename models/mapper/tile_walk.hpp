// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/mapper/search.hpp"

namespace dyad::models::mapper {

/// What a kernel's tiles move, in words, totals.
struct WalkTotals {
    std::array<std::uint64_t, 3> loaded{}, read{};  ///< from DRAM; by the engine
    std::uint64_t stored = 0, written = 0;          ///< outputs to DRAM; by the engine
};

struct TileWalk {
    TileProgram program;
    WalkTotals totals;
};

/// Outermost first; loops of one iteration are left out.
[[nodiscard]] std::vector<TileLoop> tile_loops(const NestByRole& nest, const Found& mapping);

/// Plays tiles one after another as these loops say (each dimension at most once): each loads what it needs and the
/// tile before did not hold (cost_model.md section 3, rule 2), and stores the outputs that the next one does not go on
/// with.
[[nodiscard]] TileWalk walk_tiles(const Problem& problem, const NestByRole& nest, const std::vector<TileLoop>& loops);

}  // namespace dyad::models::mapper
