// SPDX-License-Identifier: Apache-2.0
#include "models/exact/trial.hpp"

namespace dyad::models::exact {

Trial::Trial(const Traffic& traffic, Objective objective, Incumbent& best, Try orders)
    : traffic_(traffic),
      objective_(objective),
      best_(best),
      tried_(orders),
      counter_(traffic.space().nest, traffic.space().hierarchy) {
    for (std::size_t l = 0; l < traffic.levels(); ++l) tables_.emplace_back(traffic, l);
}

bool Trial::fits() const {
    const auto tiles = traffic_.tiles(tiling);
    for (std::size_t l = 0; l < traffic_.levels(); ++l)
        if (!traffic_.fits(l, tiles[l]) || !columns_of(traffic_.space(), l, tiling.space[l])) return false;
    return true;
}

const std::vector<Order>& Trial::orders_at(std::size_t level) {
    std::uint32_t loops = 0;
    for (std::size_t d = 0; d < traffic_.dims(); ++d)
        if (tiling.time[level][d] > 1) loops |= std::uint32_t{1} << d;
    return tried_ == Try::every ? tables_[level].all(loops) : tables_[level][loops];
}

Cost Trial::cost() {
    const auto& space = traffic_.space();
    const auto& counts = counter_.count(to_mapping(space, tiling, orders_));
    return {static_cast<double>(steady_cycles(space.hierarchy, counts)),
            access_energy(space.nest, space.hierarchy, counts).count()};
}

bool Trial::order_by_level() {
    for (std::size_t l = 0; l < traffic_.levels(); ++l) orders_[l] = &orders_at(l).front();
    bool better = false;
    for (std::size_t l = 0; l < traffic_.levels() && !best_.stop(); ++l) {
        const auto* chosen = orders_[l];
        Rank least{1e300, 1e300};
        for (const auto& one : orders_at(l)) {
            orders_[l] = &one;
            const auto found = cost();
            better |= best_.offer(found, traffic_.space(), tiling, orders_);
            if (const auto now = rank(found, objective_); now < least) least = now, chosen = &one;
            if (best_.stop()) break;
        }
        orders_[l] = chosen;
    }
    return better;
}

void Trial::order(std::size_t level) {
    if (level == traffic_.levels()) {
        best_.offer(cost(), traffic_.space(), tiling, orders_);
        return;
    }
    for (const auto& one : orders_at(level)) {
        orders_[level] = &one;
        order(level + 1);
        if (best_.stop()) return;
    }
}

}  // namespace dyad::models::exact
