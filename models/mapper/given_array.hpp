// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/mapper/problem.hpp"
#include "models/nest/idle.hpp"

namespace dyad::models::mapper {

/// Loops of every level of hierarchy(), given for a systolic array or one with a given unrolling, as what that array
/// does: those of DRAM go over tiles, which all buffers hold; the innermost buffer's rows and columns lie side by side
/// on the array, and its temporal loops are folds, with those that stream past what the array holds innermost.

/// Whether loops can say what an engine does: others walk through a tile in a way of their own.
[[nodiscard]] bool takes_loops(const hw_space::Engine& engine, const Problem& problem);

/// Why such an array cannot do what these loops say.
[[nodiscard]] std::vector<LevelFault> array_faults(const Problem& problem, const hw_space::PeArray& array,
                                                   const Mapping& mapping);

/// The array as these loops use it, instead of as it would fold a tile by itself.
[[nodiscard]] Problem laid_out(Problem problem, const Mapping& mapping);

/// The loops over tiles.
[[nodiscard]] std::vector<TileLoop> loops_over_tiles(const LoopNest& nest, const Mapping& mapping);

/// A loop over tiles that cannot be: its dimension is never cut, because a window slides over it; "" when it can.
[[nodiscard]] std::string why_never_cut(const NestByRole& nest, std::size_t dim);

}  // namespace dyad::models::mapper
