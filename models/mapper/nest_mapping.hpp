// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "models/mapper/tile_walk.hpp"

namespace dyad::models::mapper {

/// Tiles of this size, gone through by these loops, as loops over hierarchy(): tiles at DRAM, folds and what lies side
/// by side at the innermost buffer. Nothing when no such loops do what the plan does by count_accesses(), which must be
/// equal to `counts` at DRAM and at every buffer, on the same tiles: a window that is folded across filter rows is no
/// nest of loops.
[[nodiscard]] std::optional<Mapping> nest_mapping(const Problem& problem, const NestByRole& nest, const Extents& tile,
                                                  const std::vector<TileLoop>& loops, const AccessCounts& counts);

}  // namespace dyad::models::mapper
