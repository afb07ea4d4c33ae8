// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/fitness.hpp"

#include <algorithm>
#include <numeric>

namespace dyad::codesign {

bool dominates(const Point& a, const Point& b) {
    bool better = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] > b[i]) return false;
        better = better || a[i] < b[i];
    }
    return better;
}

bool dominates(const Fitness& a, const Fitness& b) {
    if (a.feasible() && b.feasible()) return dominates(a.objectives, b.objectives);
    return a.violation < b.violation;
}

std::vector<std::vector<std::size_t>> sort_fronts(const std::vector<Fitness>& all) {
    std::vector<std::size_t> dominators(all.size(), 0);
    std::vector<std::vector<std::size_t>> dominated(all.size());
    for (std::size_t a = 0; a < all.size(); ++a)
        for (std::size_t b = 0; b < all.size(); ++b)
            if (dominates(all[a], all[b])) {
                dominated[a].push_back(b);
                ++dominators[b];
            }
    std::vector<std::vector<std::size_t>> fronts(1);
    for (std::size_t i = 0; i < all.size(); ++i)
        if (dominators[i] == 0) fronts[0].push_back(i);
    while (!fronts.back().empty()) {
        std::vector<std::size_t> next;
        for (const auto a : fronts.back())
            for (const auto b : dominated[a])
                if (--dominators[b] == 0) next.push_back(b);
        std::sort(next.begin(), next.end());
        fronts.push_back(std::move(next));
    }
    fronts.pop_back();
    return fronts;
}

namespace {
/// Adds the distances along one objective.
void add_distances(const std::vector<Fitness>& all, const std::vector<std::size_t>& front, std::size_t objective,
                   std::vector<double>& distance) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto value = [&](std::size_t i) { return all[front[i]].objectives[objective]; };
    std::vector<std::size_t> order(front.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return value(a) < value(b); });
    distance[order.front()] = distance[order.back()] = infinity;
    const double range = value(order.back()) - value(order.front());
    if (range <= 0) return;
    for (std::size_t i = 1; i + 1 < order.size(); ++i)
        distance[order[i]] += (value(order[i + 1]) - value(order[i - 1])) / range;
}
}  // namespace

std::vector<double> crowding(const std::vector<Fitness>& all, const std::vector<std::size_t>& front) {
    std::vector<double> distance(front.size(), 0);
    if (front.empty()) return distance;
    // Members that could not be evaluated have no objectives; they share a front with their like only.
    const auto objectives = all[front.front()].objectives.size();
    for (std::size_t k = 0; k < objectives; ++k) add_distances(all, front, k, distance);
    return distance;
}

}  // namespace dyad::codesign
