// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/archive.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "codesign/search/hypervolume.hpp"

namespace dyad::codesign {

bool Archive::accepts(const Fitness& fitness) const {
    if (fitness.objectives.empty()) return false;
    return std::ranges::none_of(members_, [&](const Member& m) { return dominates(m.fitness, fitness); });
}

bool Archive::insert(std::uint64_t id, const Fitness& fitness) {
    if (!accepts(fitness)) return false;
    std::erase_if(members_, [&](const Member& m) { return dominates(fitness, m.fitness); });
    members_.push_back({id, fitness});
    return true;
}

Convergence::Convergence(Point reference) : reference_(std::move(reference)) {}

void Convergence::add(const Fitness& fitness, std::uint64_t number) {
    evaluations_ = number;
    if (!fitness.feasible() || !archive_.accepts(fitness)) return;
    std::vector<Point> points;
    for (const auto& member : archive_.members()) points.push_back(member.fitness.objectives);
    archive_.insert(evaluations_, fitness);
    double unit = 1;
    for (const auto bound : reference_) unit *= bound != 0 ? std::abs(bound) : 1;
    const double added = exclusive_hypervolume(fitness.objectives, points, reference_) / unit;
    // A point on the edge of the known volume may come out a rounding error below nothing.
    if (added <= 0) return;
    volume_ += added;
    grown_.push_back({evaluations_, volume_});
}

std::vector<Convergence::Sample> Convergence::samples() const {
    std::vector<Sample> all = grown_;
    if (evaluations_ > 0 && (all.empty() || all.front().evaluations > 1)) all.insert(all.begin(), {1, 0});
    if (evaluations_ > 0 && all.back().evaluations < evaluations_) all.push_back({evaluations_, volume_});
    return all;
}

}  // namespace dyad::codesign
