// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "models/mapper.hpp"
#include "models/mapper/search.hpp"

namespace dyad::models::mapper {

/// The best plan of a kernel with a loop nest, or that with everything in one tile if it fits; null when no tile fits.
[[nodiscard]] MappedKernel plan_nest(Problem problem, RoleMemo& memo, const Limits& limits = {},
                                     bool in_one_tile = false);

/// The plan of tiles that these loops go over (each dimension at most once, in as many trips as it has tiles), be it
/// one that a search would list or not; where they do not fit, why.
struct TiledPlan {
    std::shared_ptr<const KernelPlan> plan;
    std::string why;
};
[[nodiscard]] TiledPlan plan_tiles(Problem problem, const std::vector<TileLoop>& loops);

/// The plan of a convolution on a row-stationary array, pass by pass (plan_passes.hpp). Null on other engines and
/// chips, or when no mapping fits.
[[nodiscard]] std::shared_ptr<const KernelPlan> plan_passes(const Problem& problem);

/// The plan of a vector kernel: its elements in equal chunks (in one if it fits, when told so), read from the buffer
/// once a pass. Null when no chunk fits.
[[nodiscard]] std::shared_ptr<const KernelPlan> plan_vector(const Problem& problem, bool in_one_tile = false);

[[nodiscard]] std::uint64_t most_chunks(const Problem& problem);
/// The same in so many chunks; null when they do not fit.
[[nodiscard]] std::shared_ptr<const KernelPlan> plan_chunks(const Problem& problem, std::uint64_t chunks);

/// Fills in traffic, the energy of buffers, DRAM and wires, compute and cycles (at least `cycles`) from plan.tiles.
void set_totals(KernelPlan& plan, const Problem& problem, double cycles);

/// Fills in working set and space, given the bytes of one tile by buffer and operand.
void set_space(KernelPlan& plan, const Problem& problem, std::vector<std::array<core::Bytes, 3>> tile);

}  // namespace dyad::models::mapper
