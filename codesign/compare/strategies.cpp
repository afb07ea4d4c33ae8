// SPDX-License-Identifier: Apache-2.0
#include "codesign/compare/strategies.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include "codesign/run/pair_text.hpp"
#include "codesign/search/algorithm.hpp"

namespace dyad::codesign {
namespace {

/// A stretch of the joint genome.
struct Side {
    std::size_t first = 0, count = 0;
};

core::ChoiceSpace space_of(const core::ChoiceSpace& joint, Side side) {
    const auto begin = joint.genes().begin() + static_cast<std::ptrdiff_t>(side.first);
    std::vector<core::Gene> genes(begin, begin + static_cast<std::ptrdiff_t>(side.count));
    for (auto& gene : genes)
        if (gene.parent >= 0) gene.parent -= static_cast<int>(side.first);
    return core::ChoiceSpace(std::move(genes));
}

/// One strategy with one seed.
class Pursuit {
public:
    Pursuit(const Experiment& experiment, std::uint64_t seed, const Judge& judge)
        : experiment_(experiment), seed_(seed), judge_(judge) {
        visit({baseline_of(experiment)});
    }

    /// Searches one side around the best pair so far, until `limit` pairs are visited or the side is used up.
    void search(Side side, std::uint64_t limit, Method method = Method::nsga2) {
        const auto space = space_of(experiment_.space, side);
        const auto centre = visits_[best_of(experiment_, visits_)].genome;
        auto options = experiment_.search;
        options.method = method;
        options.generations = std::numeric_limits<std::size_t>::max();
        options.seed = seed_ + 1000 * stage_++;
        options.start = {{centre.begin() + static_cast<std::ptrdiff_t>(side.first),
                          centre.begin() + static_cast<std::ptrdiff_t>(side.first + side.count)}};
        const auto algorithm = make_algorithm(space, options, experiment_.objectives.size());
        while (visits_.size() < limit) {
            std::vector<core::Genome> genomes;
            for (const auto& part : algorithm->ask()) {
                genomes.push_back(centre);
                std::copy(part.begin(), part.end(), genomes.back().begin() + static_cast<std::ptrdiff_t>(side.first));
            }
            if (genomes.empty() || !shorten(genomes, limit)) return;
            algorithm->tell(visit(genomes));
        }
    }

    /// How many pairs one side has besides the one it begins at.
    [[nodiscard]] std::uint64_t others_of(Side side) const {
        const auto size = space_of(experiment_.space, side).size();
        return size == 0 ? std::numeric_limits<std::uint64_t>::max() : size - 1;  // 0: continuous
    }
    [[nodiscard]] std::uint64_t visited() const { return visits_.size(); }
    [[nodiscard]] std::vector<Visit> visits() && { return std::move(visits_); }

private:
    /// Drops the last genomes until the new ones fit the budget; false when none is left.
    bool shorten(std::vector<core::Genome>& genomes, std::uint64_t limit) {
        const auto whole = genomes.size();
        std::size_t fresh = 0, kept = 0;
        while (kept < whole && visits_.size() + fresh < limit) fresh += known_.count(genomes[kept++]) == 0 ? 1 : 0;
        genomes.resize(kept);
        if (kept == whole) return true;
        (void)visit(genomes);  // the last generation is incomplete: nobody is told
        return false;
    }

    std::vector<Fitness> visit(const std::vector<core::Genome>& genomes) {
        const auto evaluations = judge_(genomes);
        std::vector<Fitness> fitness;
        for (std::size_t i = 0; i < genomes.size(); ++i) {
            fitness.push_back(codesign::fitness(experiment_, evaluations[i]));
            if (known_.insert(genomes[i]).second) visits_.push_back({genomes[i], evaluations[i]});
        }
        return fitness;
    }

    const Experiment& experiment_;
    std::uint64_t seed_;
    const Judge& judge_;
    std::uint64_t stage_ = 0;
    std::vector<Visit> visits_;
    std::set<core::Genome> known_;
};

}  // namespace

const char* name(Strategy strategy) {
    constexpr const char* names[]{
        "fixed network", "fixed hardware", "network then hardware", "hardware then network", "alternating",
        "joint",         "random"};
    return names[static_cast<std::size_t>(strategy)];
}

bool is_separate(Strategy strategy) { return strategy != Strategy::joint && strategy != Strategy::random; }

core::Genome baseline_of(const Experiment& experiment) {
    if (!experiment.baseline.empty()) return experiment.baseline;
    core::Genome genome;
    for (const auto& gene : experiment.space.genes())
        genome.push_back(gene.count() == 0 ? (gene.from + gene.to) / 2 : gene.at(gene.count() / 2));
    return experiment.space.canonical(std::move(genome));
}

std::size_t best_of(const Experiment& experiment, const std::vector<Visit>& visits) {
    const auto value = [&](std::size_t i, Metric m) {
        return visits[i].evaluation.metrics[static_cast<std::size_t>(m)];
    };
    const auto eligible = [&](std::size_t i) {
        return fitness(experiment, visits[i].evaluation).feasible() &&
               !(value(i, Metric::accuracy) < value(0, Metric::accuracy)) &&
               !(value(i, Metric::area) > value(0, Metric::area));
    };
    std::size_t best = 0;
    for (std::size_t i = 1; i < visits.size(); ++i)
        if (eligible(i) && (!eligible(best) || value(i, Metric::edp) < value(best, Metric::edp))) best = i;
    return best;
}

std::vector<Visit> pursue(Strategy strategy, const Experiment& experiment, std::uint64_t seed, std::uint64_t budget,
                          const Judge& judge) {
    const auto all = experiment.space.genes().size(), first = experiment.accelerator.first_gene;
    const Side network{0, first}, hardware{first, all - first}, both{0, all};
    Pursuit pursuit(experiment, seed, judge);
    // Half the budget for each side; what a small one cannot use is the other's.
    const auto one_after_another = [&](Side one, Side other) {
        pursuit.search(one, budget - std::min(budget - budget / 2, pursuit.others_of(other)));
        pursuit.search(other, budget);
    };
    switch (strategy) {
        case Strategy::fixed_network:
            pursuit.search(hardware, budget);
            break;
        case Strategy::fixed_hardware:
            pursuit.search(network, budget);
            break;
        case Strategy::network_then_hardware:
            one_after_another(network, hardware);
            break;
        case Strategy::hardware_then_network:
            one_after_another(hardware, network);
            break;
        case Strategy::alternating: {
            constexpr std::uint64_t turns = 6;
            std::uint64_t in_vain = 0;  // turns in succession that found their side used up
            for (std::uint64_t turn = 1; pursuit.visited() < budget && in_vain < 2; ++turn) {
                const auto before = pursuit.visited(), limit = budget * std::min(turn, turns) / turns;
                pursuit.search(turn % 2 == 1 ? network : hardware, limit);
                in_vain = pursuit.visited() == before && before < limit ? in_vain + 1 : 0;
            }
            break;
        }
        case Strategy::joint:
            pursuit.search(both, budget);
            break;
        case Strategy::random:
            pursuit.search(both, budget, Method::random);
            break;
    }
    return std::move(pursuit).visits();
}

}  // namespace dyad::codesign
