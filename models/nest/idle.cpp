// SPDX-License-Identifier: Apache-2.0
#include "models/nest/idle.hpp"

#include <fmt/format.h>

namespace dyad::models {
namespace {

/// Of one dimension, from the innermost loop on.
void add_idle(const LoopNest& nest, const Mapping& mapping, std::size_t dim, std::vector<LevelFault>& idle) {
    const auto& [name, size] = nest.dims[dim];
    std::uint64_t tile = 1;
    for (auto l = mapping.levels.size(); l-- > 0;)
        for (auto i = mapping.levels[l].loops.size(); i-- > 0;) {
            const auto& loop = mapping.levels[l].loops[i];
            if (loop.dim != dim || loop.factor < 2) continue;
            if (loop.factor - 1 >= core::ceil_div(size, tile))
                idle.push_back({l, fmt::format("{}: a factor of {} over tiles of {} leaves trips without work, the "
                                               "dimension has {}",
                                               name, loop.factor, tile, size)});
            if (__builtin_mul_overflow(tile, loop.factor, &tile)) return;
        }
}

}  // namespace

std::vector<LevelFault> idle_loops(const LoopNest& nest, const Mapping& mapping) {
    std::vector<LevelFault> idle;
    for (std::size_t d = 0; d < nest.dims.size(); ++d) add_idle(nest, mapping, d, idle);
    return idle;
}

}  // namespace dyad::models
