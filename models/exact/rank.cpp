// SPDX-License-Identifier: Apache-2.0
#include "models/exact/rank.hpp"

#include <algorithm>

#include "models/mapping_file.hpp"

namespace dyad::models::exact {
namespace {

std::uint64_t all_cycles(const Space& space, const Mapping& mapping) {
    const auto counts = count_accesses(space.nest, space.hierarchy, mapping);
    return steady_cycles(space.hierarchy, counts) + fill_and_drain_cycles(space.hierarchy, counts);
}

}  // namespace

bool Incumbent::before(const Space& space, const Tiling& tiling, const Orders& orders, std::uint64_t& cycles) {
    if (cycles_ == 0) cycles_ = all_cycles(space, mapping_);
    const bool same = choice_ == best_choice_ && tiling == tiling_;
    cycles = same ? cycles_ : all_cycles(space, to_mapping(space, tiling, orders));
    if (cycles != cycles_) return cycles < cycles_;
    if (choice_ != best_choice_) return choice_ < best_choice_;
    if (!same) return tiling < tiling_;
    for (std::size_t l = 0; l < space.levels.size(); ++l)
        if (orders[l]->place != places_[l]) return orders[l]->place < places_[l];
    return false;
}

bool Incumbent::offer(const Cost& cost, const Space& space, const Tiling& tiling, const Orders& orders) {
    ++evaluated_;
    const auto one = rank(cost, options_.objective);
    if (found_ && one > best_) return false;
    const bool better = !found_ || one < best_;
    std::uint64_t cycles = 0;
    if (!better && !before(space, tiling, orders, cycles)) return false;
    best_ = one;
    cycles_ = cycles;
    found_ = true;
    tiling_ = tiling;
    best_choice_ = choice_;
    for (std::size_t l = 0; l < space.levels.size(); ++l) places_[l] = orders[l]->place;
    mapping_ = to_mapping(space, tiling, orders);
    return better;
}

std::optional<ExactMapping> Incumbent::result(double least, std::uint64_t pruned) const {
    if (!found_) return std::nullopt;
    ExactMapping result{mapping_, !stopped_, 0, evaluated_, pruned};
    if (stopped_ && best_.first > 0) result.gap = std::max(0.0, (best_.first - least) / best_.first);
    return result;
}

}  // namespace dyad::models::exact
