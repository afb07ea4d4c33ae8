// SPDX-License-Identifier: Apache-2.0
// search_quality [unconstrained] [constrained] [codesign DIR]
// How good the search's fronts are: against pagmo2's NSGA-II, against analytic fronts, and against the exhaustive front
// of a co-design space that was swept into DIR.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <string>

#include "codesign/compare/statistics.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/run.hpp"
#include "codesign/search/algorithm.hpp"
#include "codesign/search/hypervolume.hpp"
#include "codesign/search/survival.hpp"
#include "tests/benchmark/problems.hpp"

// libsystemc asks for it; ours is main.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }

namespace dyad::benchmark {
namespace {

using namespace dyad::codesign;
constexpr std::uint64_t seeds = 31;

/// All feasible points that a search evaluates.
std::vector<Point> visited(const core::ChoiceSpace& space, const SearchOptions& options, std::size_t objectives,
                           const std::function<Fitness(const core::Genome&)>& evaluate) {
    const auto algorithm = make_algorithm(space, options, objectives);
    std::vector<Point> points;
    for (auto genomes = algorithm->ask(); !genomes.empty(); genomes = algorithm->ask()) {
        std::vector<Fitness> fitness;
        for (const auto& genome : genomes) {
            fitness.push_back(evaluate(genome));
            if (fitness.back().feasible()) points.push_back(fitness.back().objectives);
        }
        algorithm->tell(fitness);
    }
    return points;
}

std::vector<Point> non_dominated(std::vector<Point> points) {
    std::sort(points.begin(), points.end());  // only earlier ones can dominate
    std::vector<Point> kept;
    for (auto& point : points) {
        const auto better = [&](const Point& p) { return p == point || dominates(p, point); };
        if (std::none_of(kept.rbegin(), kept.rend(), better)) kept.push_back(std::move(point));
    }
    return kept;
}

/// The `count` least crowded of a front: no more points than a population has.
std::vector<Point> thinned(const std::vector<Point>& front, std::size_t count) {
    std::vector<Fitness> all;
    for (const auto& point : front) all.push_back({point, 0});
    core::Stream random(1, "thinning");
    std::vector<Point> kept;
    for (const auto& survivor : crowding_survival()->choose(all, count, random))
        kept.push_back(all[survivor.index].objectives);
    return kept;
}

/// A problem as pagmo asks for it.
struct Adapter {
    const Problem* problem = nullptr;
    pagmo::vector_double fitness(const pagmo::vector_double& x) const { return problem->evaluate(x).objectives; }
    [[nodiscard]] std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const {
        pagmo::vector_double low, high;
        for (const auto& gene : problem->genes) low.push_back(gene.from), high.push_back(gene.to);
        return {low, high};
    }
    [[nodiscard]] pagmo::vector_double::size_type get_nobj() const { return problem->objectives; }
};

constexpr std::size_t population = 100, generations = 250;

SearchOptions options_of(std::uint64_t seed) {
    SearchOptions options;
    options.population = population;
    options.generations = generations;
    options.seed = seed;
    return options;
}

double pagmo_volume(const Problem& problem, std::uint64_t seed) {
    const pagmo::problem adapted{Adapter{&problem}};
    pagmo::population start(adapted, population, static_cast<unsigned>(seed));
    const pagmo::algorithm nsga2{pagmo::nsga2(generations - 1, 0.95, 10, 0.01, 50, static_cast<unsigned>(seed))};
    return hypervolume(nsga2.evolve(start).get_f(), problem.reference);
}

void against_pagmo() {
    fmt::print("hypervolume against pagmo2's NSGA-II, {} evaluations, {} seeds\n", population * generations, seeds);
    for (const auto& problem : unconstrained()) {
        const core::ChoiceSpace space(problem.genes);
        std::vector<double> ours, thin, theirs;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            const auto front = non_dominated(visited(space, options_of(seed), problem.objectives, problem.evaluate));
            ours.push_back(hypervolume(front, problem.reference));
            thin.push_back(hypervolume(thinned(front, population), problem.reference));
            theirs.push_back(pagmo_volume(problem, seed));
        }
        fmt::print(
            "{:6} median {:.5f}, as many points as pagmo {:.5f}, pagmo {:.5f}; ratio {:.4f} ({:.4f}); "
            "p(worse) {:.2g} ({:.2g})\n",
            problem.name, median(ours), median(thin), median(theirs), median(ours) / median(theirs),
            median(thin) / median(theirs), mann_whitney_less(ours, theirs), mann_whitney_less(thin, theirs));
    }
}

void against_fronts() {
    fmt::print("constrained problems, {} evaluations, {} seeds: share of the analytic front's hypervolume\n",
               population * generations, seeds);
    for (const auto& problem : constrained()) {
        const core::ChoiceSpace space(problem.genes);
        std::vector<double> shares;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            const auto points = visited(space, options_of(seed), problem.objectives, problem.evaluate);
            shares.push_back(hypervolume(points, problem.reference) / problem.best);
        }
        fmt::print("{:8} median {:.4f}, least {:.4f}\n", problem.name, median(shares),
                   *std::min_element(shares.begin(), shares.end()));
    }
}

/// A tenth of its range behind the front's worst value in each objective: a reference point of the whole sweep's worst
/// lies so far away that any search has almost all of the volume.
Point behind(const std::vector<Point>& front) {
    Point worst = front.front(), best = front.front();
    for (const auto& point : front)
        for (std::size_t k = 0; k < point.size(); ++k) {
            worst[k] = std::max(worst[k], point[k]);
            best[k] = std::min(best[k], point[k]);
        }
    for (std::size_t k = 0; k < worst.size(); ++k) worst[k] += 0.1 * (worst[k] - best[k]);
    return worst;
}

void against_sweep(const std::string& directory) {
    const auto run = read_run(directory);
    const auto& experiment = *run.experiment;
    std::map<core::Genome, Fitness> table;
    std::vector<Point> whole;
    for (const auto& pair : run.pairs) {
        const auto [entry, added] = table.emplace(pair.genome, fitness(experiment, pair.evaluation));
        if (entry->second.feasible()) whole.push_back(entry->second.objectives);
    }
    whole = non_dominated(std::move(whole));
    const auto reference = behind(whole);
    const double best = hypervolume(whole, reference);
    const auto budget = run.pairs.size() / 20;
    fmt::print("co-design space of {} pairs, front of {}; {} evaluations, {} seeds\n", run.pairs.size(), whole.size(),
               budget, seeds);
    for (const auto method : {Method::nsga2, Method::nsga3, Method::local, Method::random}) {
        std::vector<double> shares;
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
            SearchOptions options;
            options.method = method;
            options.population = method == Method::local ? 8 : 96;
            options.generations = budget / options.population;
            options.seed = seed;
            const auto points = visited(experiment.space, options, experiment.objectives.size(),
                                        [&](const core::Genome& genome) { return table.at(genome); });
            shares.push_back(hypervolume(non_dominated(points), reference) / best);
        }
        fmt::print("{:7} median {:.4f}, least {:.4f} of the front's hypervolume\n", name(method), median(shares),
                   *std::min_element(shares.begin(), shares.end()));
    }
}

}  // namespace
}  // namespace dyad::benchmark

int main(int argc, char** argv) {
    using namespace dyad::benchmark;
    const std::vector<std::string> parts(argv + 1, argv + argc);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (parts[i] == "unconstrained") against_pagmo();
        if (parts[i] == "constrained") against_fronts();
        if (parts[i] == "codesign" && i + 1 < parts.size()) against_sweep(parts[++i]);
    }
}
