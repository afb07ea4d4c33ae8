// SPDX-License-Identifier: Apache-2.0
#include "models/exact/tuples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/quantity.hpp"

namespace dyad::models::exact {
namespace {

constexpr std::size_t most_tuples = 1 << 20;  ///< of one dimension, which bounds the memory

/// From the smallest on.
std::vector<std::uint64_t> divisors(std::uint64_t n) {
    std::vector<std::uint64_t> small, large;
    for (std::uint64_t f = 1; f * f <= n; ++f) {
        if (n % f != 0) continue;
        small.push_back(f);
        if (f * f < n) large.push_back(n / f);
    }
    small.insert(small.end(), large.rbegin(), large.rend());
    return small;
}

}  // namespace

Tuples::Tuples(const Space& space, std::vector<Slot> slots, bool imperfect)
    : slots_(std::move(slots)), whole_(imperfect), products_(space.nest.dims.size()), factors_(space.nest.dims.size()) {
    if (imperfect)  // spatial loops are inside the temporal ones of their level
        std::ranges::sort(slots_, {}, [](const Slot& slot) { return std::pair(slot.level, slot.spatial); });
    std::vector<std::uint64_t> factors(slots_.size());
    for (std::size_t d = 0; d < products_.size(); ++d) {
        const auto size = space.nest.dims[d].size;
        fill(space, {d, divisors(size), imperfect}, 0, size, factors);
    }
}

void Tuples::put(std::size_t dim, std::size_t tuple, Tiling& tiling) const {
    const auto* factor = factors_[dim].data() + tuple * slots_.size();
    for (const auto& slot : slots_) (slot.spatial ? tiling.space : tiling.time)[slot.level][dim] = *factor++;
}

std::uint64_t Tuples::most(const Space& space, std::size_t slot, std::uint64_t left) const {
    const auto& storage = space.hierarchy.levels[slots_[slot].level];
    return slots_[slot].spatial ? std::max(storage.fanout_rows, storage.fanout_cols) : left;
}

void Tuples::fill(const Space& space, const Way& way, std::size_t slot, std::uint64_t left,
                  std::vector<std::uint64_t>& factors) {
    const auto dim = way.dim;
    if (slot == slots_.size()) {
        if (whole_ && left > 1) return;
        if (products_[dim].size() == most_tuples)
            throw core::Error(fmt::format("dimension {} of size {} can be cut in more than {} ways: constrain it",
                                          space.nest.dims[dim].name, space.nest.dims[dim].size, most_tuples));
        products_[dim].push_back(space.nest.dims[dim].size / left);
        factors_[dim].insert(factors_[dim].end(), factors.begin(), factors.end());
        return;
    }
    const auto [level, spatial] = slots_[slot];
    const auto fixed = (spatial ? space.levels[level].space : space.levels[level].time)[dim];
    const auto limit = most(space, slot, left);
    for (const auto factor : way.divisors) {
        if (factor > limit) break;
        if (left % factor != 0 || (fixed != 0 && factor != fixed)) continue;
        factors[slot] = factor;
        fill(space, way, slot + 1, left / factor, factors);
    }
    if (way.imperfect) fill_short(space, dim, slot, left, factors);
}

/// Trip counts that leave a short last tile, each with its smallest tile.
void Tuples::fill_short(const Space& space, std::size_t dim, std::size_t slot, std::uint64_t left,
                        std::vector<std::uint64_t>& factors) {
    const auto [level, spatial] = slots_[slot];
    const auto fixed = (spatial ? space.levels[level].space : space.levels[level].time)[dim];
    const auto limit = most(space, slot, left);
    for (std::uint64_t trips = 2; trips < left;) {
        const auto tile = core::ceil_div(left, trips);
        const bool is_short = left % trips != 0 && core::ceil_div(left, tile) == trips;
        if (trips > limit) break;
        if (is_short && (fixed == 0 || trips == fixed)) {
            factors[slot] = trips;
            fill(space, {dim, divisors(tile), false}, slot + 1, tile, factors);
        }
        trips = tile == 1 ? left : core::ceil_div(left, tile - 1);
    }
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
