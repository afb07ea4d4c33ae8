// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "models/mapper/engine_model.hpp"

namespace dyad::models::mapper {

/// One way to cut the dimensions of one role into tiles, and what follows from it alone. Counts are doubles here: the
/// search compares products of them, the chosen plan is counted again in whole numbers.
struct RoleOption {
    Extents tile;                   ///< of the role's dimensions, in the order of NestByRole::dims
    double tiles = 1;               ///< trip count
    std::array<double, 3> words{};  ///< factor of a full tile's words, by Operand
    double inputs_apart = 1;        ///< factor of the inputs' words (not of filters), over all tiles, each box whole
    double inputs_sliding = 1;      ///< the same when `slide` runs innermost and only new rows or columns are loaded
    double cycles = 1;              ///< of the engine, summed over all tiles
    double tile_cycles = 1;         ///< of a full tile
    double passes = 1;              ///< Walk::Count::passes, summed over all tiles
    bool partial = false;           ///< outputs pass the buffer as partial sums
    std::size_t slide = 0;          ///< index into the role's dimensions of the one that runs innermost
};

/// Every split of the role's dimensions into the smallest tile of each trip count, with at most `most_tiles` tiles.
/// Fewest tiles first, then larger tiles of the dimensions that come first.
[[nodiscard]] std::vector<RoleOption> role_options(const NestByRole& nest, Role role, const Walk& walk,
                                                   std::uint64_t most_tiles);

/// The one split of the role's dimensions into tiles of these sizes (by dimension of the nest).
[[nodiscard]] RoleOption role_option(const NestByRole& nest, Role role, const Walk& walk, const Extents& tile);

/// Without the options that an earlier one is no worse than in every respect.
[[nodiscard]] std::vector<RoleOption> undominated(std::vector<RoleOption> options);

/// As good in each respect as the best option in that respect: a bound on all of them.
[[nodiscard]] RoleOption ideal(const std::vector<RoleOption>& options);

/// The smallest tile of each trip count of a dimension, largest first.
[[nodiscard]] std::vector<std::uint64_t> tile_sizes(std::uint64_t size);

}  // namespace dyad::models::mapper
