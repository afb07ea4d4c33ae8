// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/layout.hpp"

#include <algorithm>

namespace dyad::models::mapper {

std::vector<RoleLayout> layout(const Problem& problem, const std::vector<TileLoop>& loops) {
    const NestByRole nest(*problem.nest);
    auto tile = nest.size;
    for (const auto& loop : loops) tile[loop.dim] = loop.tile;
    std::vector<RoleLayout> all;
    for (const auto role : roles) {
        const auto& walk = problem.engine.walk[index(role)];
        const auto& dims = nest.dims[index(role)];
        RoleLayout one{.role = role, .axis = walk.axis, .kept = walk.depth, .streamed = walk.streamed};
        for (const auto d : dims) {
            const auto& name = nest.nest->dims[d].name;
            if (tile[d] > 1) one.tile.emplace_back(name, tile[d]);
            if (walk.unroll.empty() || tile[d] == 1 || walk.unroll[d] == 1) continue;
            one.unrolled.emplace_back(name, std::min(walk.unroll[d], tile[d]));
        }
        const auto steps = walk.steps(dims, tile);
        if (!walk.streamed) one.together = std::min(walk.side, steps);
        one.steps = walk.streamed ? steps : core::ceil_div(steps, walk.side);
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace dyad::models::mapper
