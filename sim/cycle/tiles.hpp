// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "models/schedule.hpp"
#include "sim/cycle/depthwise_array.hpp"
#include "sim/cycle/product.hpp"

namespace dyad::sim {

/// Tiles of one kernel that are played: sizes of their dimensions, and for how many tiles each one stands.
struct TileSample {
    std::vector<std::uint64_t> size;
    std::uint64_t count = 1;
};
/// The tiles of a plan in order. With `jump` the first and the last, and between them one of each shape.
[[nodiscard]] std::vector<TileSample> tile_samples(const models::LoopNest& nest, const models::TileOrder& order,
                                                   bool jump);

/// How operands are cut to fit an engine's multipliers.
struct Slicing {
    unsigned input_bits = 8, weight_bits = 8, engine_bits = 8;
};
/// Where the random words of one tile come from.
struct Draw {
    std::uint64_t seed = 0, kernel = 0, tile = 0;
};

/// The products that a tile is: one a group, of random words. Equal arguments give equal words.
[[nodiscard]] Channels products_of(const models::LoopNest& nest, const std::vector<std::uint64_t>& tile,
                                   const Slicing& slicing, const Draw& draw);

}  // namespace dyad::sim
