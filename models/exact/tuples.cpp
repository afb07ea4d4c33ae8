// SPDX-License-Identifier: Apache-2.0
#include "models/exact/tuples.hpp"

#include <algorithm>
#include <cmath>

namespace dyad::models::exact {

Tuples::Tuples(const Space& space, std::vector<Slot> slots)
    : slots_(std::move(slots)), products_(space.nest.dims.size()), factors_(space.nest.dims.size()) {
    std::vector<std::uint64_t> factors(slots_.size());
    for (std::size_t d = 0; d < products_.size(); ++d) fill(space, d, 0, space.nest.dims[d].size, factors);
}

void Tuples::put(std::size_t dim, std::size_t tuple, Tiling& tiling) const {
    const auto* factor = factors_[dim].data() + tuple * slots_.size();
    for (const auto& slot : slots_) (slot.spatial ? tiling.space : tiling.time)[slot.level][dim] = *factor++;
}

void Tuples::fill(const Space& space, std::size_t dim, std::size_t slot, std::uint64_t left,
                  std::vector<std::uint64_t>& factors) {
    if (slot == slots_.size()) {
        products_[dim].push_back(space.nest.dims[dim].size / left);
        factors_[dim].insert(factors_[dim].end(), factors.begin(), factors.end());
        return;
    }
    const auto [level, spatial] = slots_[slot];
    const auto fixed = (spatial ? space.levels[level].space : space.levels[level].time)[dim];
    const auto& storage = space.hierarchy.levels[level];
    const auto most = spatial ? std::max(storage.fanout_rows, storage.fanout_cols) : left;
    const auto try_factor = [&](std::uint64_t factor) {
        if (left % factor != 0 || factor > most || (fixed != 0 && factor != fixed)) return;
        factors[slot] = factor;
        fill(space, dim, slot + 1, left / factor, factors);
    };
    for (std::uint64_t f = 1; f * f <= left; ++f) try_factor(f);
    for (auto f = static_cast<std::uint64_t>(std::sqrt(static_cast<double>(left))) + 1; f > 0; --f)
        if (f * f < left && left % f == 0) try_factor(left / f);
}

std::vector<Slot> slots(const Space& space, std::size_t first, std::size_t first_temporal, std::size_t end) {
    std::vector<Slot> all;
    for (auto l = first; l < end; ++l) {
        const auto& level = space.hierarchy.levels[l];
        if (level.fanout_rows * level.fanout_cols > 1) all.push_back({l, true});
        if (l >= first_temporal) all.push_back({l, false});
    }
    return all;
}

}  // namespace dyad::models::exact
