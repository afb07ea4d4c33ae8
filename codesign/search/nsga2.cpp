// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/nsga2.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace dyad::codesign {
namespace {
/// Attempts to breed, and then to draw, a genome that was not seen before; beyond them the generation is smaller.
constexpr int breeding_attempts = 20;
constexpr int drawing_attempts = 200;
}  // namespace

Nsga2::Nsga2(const core::ChoiceSpace& space, const Nsga2Options& options)
    : space_(space), options_(options), room_(space.size_estimate()) {
    if (options.population < 2) throw std::logic_error("NSGA-II needs a population of at least 2");
}

std::vector<core::Genome> Nsga2::ask() {
    asked_.clear();
    if (generation_ == options_.generations) return asked_;
    for (std::size_t i = 0; i < options_.population; ++i) {
        if (static_cast<double>(seen_.size()) >= room_) break;
        bool found = false;
        auto genome = candidate(i, found);
        if (found) asked_.push_back(std::move(genome));
    }
    ++generation_;
    return asked_;
}

core::Genome Nsga2::candidate(std::size_t individual, bool& found) {
    core::Stream random(options_.seed, generation_ == 0 ? "first generation" : "offspring", generation_, individual);
    const int breed = population_.size() < 2 ? 0 : breeding_attempts;
    core::Genome genome;
    for (int attempt = 0; !found && attempt < breed + drawing_attempts; ++attempt) {
        genome = attempt < breed ? offspring(random) : space_.sample(random);
        found = seen_.insert(genome).second;
    }
    return genome;
}

core::Genome Nsga2::offspring(core::Stream& random) const {
    const auto& mother = tournament(random);
    const auto& father = tournament(random);
    return child(space_, mother.genome, father.genome, options_.variation, random);
}

const Nsga2::Member& Nsga2::tournament(core::Stream& random) const {
    const Member& a = population_[random.below(population_.size())];
    const Member& b = population_[random.below(population_.size())];
    if (a.rank != b.rank) return a.rank < b.rank ? a : b;
    return b.crowding > a.crowding ? b : a;
}

void Nsga2::tell(const std::vector<Fitness>& fitness) {
    if (fitness.size() != asked_.size()) throw std::logic_error("NSGA-II was told of other candidates than it asked");
    std::vector<Member> all = std::move(population_);
    for (std::size_t i = 0; i < asked_.size(); ++i) all.push_back({asked_[i], fitness[i], 0, 0});
    asked_.clear();
    select(std::move(all));
}

void Nsga2::select(std::vector<Member> all) {
    std::vector<Fitness> fitness;
    for (const auto& member : all) fitness.push_back(member.fitness);
    population_.clear();
    const auto fronts = sort_fronts(fitness);
    for (std::size_t rank = 0; rank < fronts.size() && population_.size() < options_.population; ++rank) {
        const auto distance = crowding(fitness, fronts[rank]);
        std::vector<std::size_t> order(fronts[rank].size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return distance[a] > distance[b]; });
        for (const auto i : order) {
            if (population_.size() == options_.population) break;
            auto& member = all[fronts[rank][i]];
            population_.push_back({std::move(member.genome), std::move(member.fitness), rank, distance[i]});
        }
    }
}

}  // namespace dyad::codesign
