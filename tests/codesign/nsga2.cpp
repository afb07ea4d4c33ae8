// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/algorithm.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <set>

#include "codesign/search/archive.hpp"
#include "codesign/search/hypervolume.hpp"

using namespace dyad::codesign;
using dyad::core::ChoiceSpace;
using dyad::core::Gene;
using dyad::core::Genome;

namespace {
using Problem = std::function<Fitness(const Genome&)>;

Gene real_gene(const std::string& name, double from, double to) {
    Gene gene;
    gene.name = name;
    gene.kind = Gene::Kind::continuous;
    gene.from = from;
    gene.to = to;
    return gene;
}

Gene option_gene(const std::string& name, std::size_t options, Gene::Kind kind = Gene::Kind::ordered) {
    Gene gene;
    gene.name = name;
    gene.kind = kind;
    for (std::size_t i = 0; i < options; ++i) gene.options.push_back(std::to_string(i));
    return gene;
}

struct Outcome {
    std::vector<Genome> asked;
    Archive archive;
    std::vector<std::size_t> sizes;
};

SearchOptions of_size(std::size_t population, std::size_t generations, std::uint64_t seed) {
    SearchOptions options;
    options.population = population;
    options.generations = generations;
    options.seed = seed;
    return options;
}

Outcome search(const ChoiceSpace& space, const SearchOptions& options, const Problem& problem) {
    Outcome outcome;
    const auto algorithm = make_algorithm(space, options, 2);
    for (auto batch = algorithm->ask(); !batch.empty(); batch = algorithm->ask()) {
        std::vector<Fitness> fitness;
        for (const auto& genome : batch) {
            fitness.push_back(problem(genome));
            outcome.asked.push_back(genome);
            outcome.archive.insert(outcome.asked.size(), fitness.back());
        }
        outcome.sizes.push_back(batch.size());
        algorithm->tell(fitness);
    }
    return outcome;
}

double volume(const Archive& archive, const Point& reference) {
    std::vector<Point> points;
    for (const auto& member : archive.members()) points.push_back(member.fitness.objectives);
    return hypervolume(points, reference);
}

Fitness zdt1(const Genome& x) {
    double sum = 0;
    for (std::size_t i = 1; i < x.size(); ++i) sum += x[i];
    const double g = 1 + 9 * sum / static_cast<double>(x.size() - 1);
    return {{x[0], g * (1 - std::sqrt(x[0] / g))}, 0};
}

/// CONSTR of Deb et al. 2002: 9x + y >= 6 and 9x - y >= 1.
Fitness constr(const Genome& x) {
    const double first = std::max(0.0, (6 - x[1] - 9 * x[0]) / 6), second = std::max(0.0, 1 + x[1] - 9 * x[0]);
    return {{x[0], (1 + x[1]) / x[0]}, first + second};
}
}  // namespace

TEST_SUITE("codesign/nsga2") {
    TEST_CASE("ZDT1: reaches the volume that NSGA-II is published with") {
        // The front is f2 = 1 - sqrt(f1), whose volume below (1,1) is 2/3. Published for NSGA-II with 25,000
        // evaluations of 30 variables: 0.659 (Durillo and Nebro, "jMetal", 2011, table of hypervolumes).
        std::vector<Gene> genes;
        for (int i = 0; i < 30; ++i) genes.push_back(real_gene("x" + std::to_string(i), 0, 1));
        const auto outcome = search(ChoiceSpace(genes), of_size(100, 250, 1), zdt1);
        const double reached = volume(outcome.archive, {1, 1});
        CHECK(reached > 0.659);
        CHECK(reached < 2.0 / 3);
    }

    TEST_CASE("a constrained problem: the front lies on the constraint and has its volume") {
        // Front: f2 = (7 - 9x)/x for 7/18 <= x <= 2/3 (on 9x + y = 6), then 1/x. Volume below (1,9):
        // 18 (2/3 - 7/18) - 7 ln(12/7) + 9/3 - ln(3/2).
        const double best = 8 - 7 * std::log(12.0 / 7) - std::log(1.5);
        const ChoiceSpace space({real_gene("x", 0.1, 1), real_gene("y", 0, 5)});
        const auto outcome = search(space, of_size(60, 80, 2), constr);
        CHECK(outcome.archive.feasible());
        CHECK(volume(outcome.archive, {1, 9}) > 0.99 * best);
        CHECK(volume(outcome.archive, {1, 9}) <= best);
    }

    TEST_CASE("nothing is evaluated twice, and a small space is used up exactly") {
        const ChoiceSpace space({option_gene("a", 5), option_gene("b", 4)});
        const auto outcome = search(space, of_size(8, 50, 3), [](const Genome& g) {
            return Fitness{{g[0], -g[1]}, 0};
        });
        CHECK(outcome.asked.size() == 20);
        CHECK(std::set<Genome>(outcome.asked.begin(), outcome.asked.end()).size() == 20);
        CHECK(outcome.archive.members().size() == 1);  // a = 0, b = 3
    }

    TEST_CASE("the first generation counts: population times generations in all") {
        const ChoiceSpace space({option_gene("a", 50), option_gene("b", 50)});
        const auto outcome = search(space, of_size(6, 4, 3), [](const Genome& g) { return Fitness{{g[0], g[1]}, 0}; });
        CHECK(outcome.sizes == std::vector<std::size_t>{6, 6, 6, 6});
    }

    TEST_CASE("the same seed asks the same, another seed something else") {
        const ChoiceSpace space({option_gene("a", 50), real_gene("b", 0, 1), option_gene("c", 9)});
        const auto run = [&](std::uint64_t seed) {
            return search(space, of_size(10, 10, seed),
                          [](const Genome& g) {
                              return Fitness{{g[0] + g[2], g[1] - g[2]}, 0};
                          })
                .asked;
        };
        CHECK(run(7) == run(7));
        CHECK(run(7) != run(8));
    }

    TEST_CASE("candidates that fail never survive beside those that do not") {
        const ChoiceSpace space({option_gene("a", 30), option_gene("b", 30)});
        const auto outcome = search(space, of_size(10, 8, 4), [](const Genome& g) {
            return static_cast<int>(g[0]) % 3 == 0 ? Fitness::failed() : Fitness{{g[0], g[1]}, 0};
        });
        for (const auto& member : outcome.archive.members()) CHECK_FALSE(member.fitness.objectives.empty());
        CHECK(outcome.archive.feasible());
    }

    TEST_CASE("a search in which nothing can be evaluated still ends") {
        const ChoiceSpace space({option_gene("a", 30), option_gene("b", 30)});
        const auto outcome = search(space, of_size(10, 5, 4), [](const Genome&) { return Fitness::failed(); });
        CHECK(outcome.asked.size() == 50);
        CHECK(outcome.archive.members().empty());
    }
}

TEST_SUITE("codesign/variation") {
    TEST_CASE("children are canonical, inside the space, and inherit inactive genes from nobody") {
        Gene parent = option_gene("unit", 2, Gene::Kind::categorical);
        Gene below = option_gene("lanes", 5);
        below.parent = 0;
        below.parent_options = {1};
        const ChoiceSpace space({parent, below, real_gene("x", -1, 3)});
        std::set<double> lanes;
        for (std::uint64_t i = 0; i < 2000; ++i) {
            dyad::core::Stream random(1, "test", i);
            const auto genome = child(space, {0, 0, -1}, {0, 0, 3}, {}, random);
            CHECK(genome == space.canonical(genome));
            CHECK(genome[2] >= -1);
            CHECK(genome[2] <= 3);
            if (genome[0] == 1) lanes.insert(genome[1]);
        }
        CHECK(lanes.size() == 5);  // active in neither parent: drawn from all five
    }

    TEST_CASE("a gene that is active in one parent only comes from that parent") {
        Gene parent = option_gene("unit", 2, Gene::Kind::categorical);
        Gene below = option_gene("lanes", 1000);
        below.parent = 0;
        below.parent_options = {1};
        const ChoiceSpace space({parent, below});
        int inherited = 0, present = 0;
        for (std::uint64_t i = 0; i < 1000; ++i) {
            dyad::core::Stream random(2, "test", i);
            const auto genome = child(space, {0, 0}, {1, 700}, {.crossover = 1}, random);
            present += genome[0] == 1;
            inherited += genome[0] == 1 && genome[1] == 700;
        }
        // Two active genes at most, so each mutates half the time: `unit` is 1 in half of the children, and half of
        // those keep the father's lanes.
        CHECK(present > 430);
        CHECK(present < 570);
        CHECK(inherited > 0.42 * present);
        CHECK(inherited < 0.58 * present);
    }

    TEST_CASE("mutation always moves a gene with options, and an ordered one often to a neighbour") {
        int steps = 0;
        for (std::uint64_t i = 0; i < 1000; ++i) {
            dyad::core::Stream random(3, "test", i);
            const double ordered = mutated(option_gene("o", 20), 10, 20, random);
            const double categorical = mutated(option_gene("c", 20, Gene::Kind::categorical), 10, 20, random);
            CHECK(ordered != 10);
            CHECK(categorical != 10);
            steps += std::abs(ordered - 10) == 1;
        }
        CHECK(steps > 500);
        CHECK(steps < 650);  // a half, and two of nineteen of the rest
    }
}
