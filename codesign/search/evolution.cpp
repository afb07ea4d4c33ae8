// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/evolution.hpp"

#include <stdexcept>

namespace dyad::codesign {

Evolution::Evolution(const core::ChoiceSpace& space, const SearchOptions& options, std::unique_ptr<Survival> survival)
    : space_(space), options_(options), survival_(std::move(survival)), novelty_(space) {
    if (options.population < 2) throw std::logic_error("an evolution needs a population of at least 2");
}

std::vector<core::Genome> Evolution::ask() {
    asked_.clear();
    if (generation_ == options_.generations) return asked_;
    if (generation_ == 0) asked_ = first_generation();
    for (std::size_t i = 0; generation_ > 0 && i < options_.population && !novelty_.used_up(); ++i) {
        core::Stream random(options_.seed, "offspring", generation_, i);
        if (auto genome = offspring(random)) asked_.push_back(std::move(*genome));
    }
    ++generation_;
    return asked_;
}

std::vector<core::Genome> Evolution::first_generation() {
    std::vector<core::Genome> genomes;
    for (const auto& given : options_.start)
        if (genomes.size() < options_.population && novelty_.add(given)) genomes.push_back(given);
    for (std::size_t i = genomes.size(); i < options_.population; ++i) {
        core::Stream random(options_.seed, "first generation", 0, i);
        if (auto genome = novelty_.draw(random)) genomes.push_back(std::move(*genome));
    }
    return genomes;
}

std::optional<core::Genome> Evolution::offspring(core::Stream& random) {
    // Beyond these attempts to breed something new a genome is drawn; beyond that the generation is smaller.
    constexpr int attempts = 20;
    for (int attempt = 0; attempt < attempts && population_.size() >= 2; ++attempt) {
        const auto& mother = tournament(random);
        const auto& father = tournament(random);
        auto genome = child(space_, mother.genome, father.genome, options_.variation, random);
        if (novelty_.add(genome)) return genome;
    }
    return novelty_.draw(random);
}

const Evolution::Member& Evolution::tournament(core::Stream& random) const {
    const Member& a = population_[random.below(population_.size())];
    const Member& b = population_[random.below(population_.size())];
    if (a.rank != b.rank) return a.rank < b.rank ? a : b;
    return b.room > a.room ? b : a;
}

void Evolution::tell(const std::vector<Fitness>& fitness) {
    if (fitness.size() != asked_.size())
        throw std::logic_error("the search was told of other candidates than it asked");
    std::vector<Member> all = std::move(population_);
    for (std::size_t i = 0; i < asked_.size(); ++i) all.push_back({std::move(asked_[i]), fitness[i], 0, 0});
    asked_.clear();
    std::vector<Fitness> worth;
    for (const auto& member : all) worth.push_back(member.fitness);
    core::Stream random(options_.seed, "survival", generation_);
    population_.clear();
    for (const auto& survivor : survival_->choose(worth, options_.population, random)) {
        auto& member = all[survivor.index];
        population_.push_back({std::move(member.genome), std::move(member.fitness), survivor.rank, survivor.room});
    }
}

}  // namespace dyad::codesign
