// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "codesign/experiment/start.hpp"
#include "codesign/run/campaign.hpp"
#include "codesign/search/algorithm.hpp"
#include "codesign/search/archive.hpp"
#include "codesign/search/survival.hpp"
#include "tests/codesign/synthetic.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;
using dyad::core::ChoiceSpace;
using dyad::core::Gene;
using dyad::core::Genome;

namespace {

Gene grid(const std::string& name, double to) {
    Gene gene;
    gene.name = name;
    gene.kind = Gene::Kind::grid;
    gene.to = to;
    gene.step = 1;
    return gene;
}

SearchOptions options_of(Method method, std::size_t population, std::size_t generations) {
    SearchOptions options;
    options.method = method;
    options.population = population;
    options.generations = generations;
    return options;
}

template <class Evaluate>
std::vector<Genome> asked_by(const ChoiceSpace& space, const SearchOptions& options, const Evaluate& evaluate) {
    const auto algorithm = make_algorithm(space, options, 2);
    std::vector<Genome> all;
    for (auto genomes = algorithm->ask(); !genomes.empty(); genomes = algorithm->ask()) {
        std::vector<Fitness> fitness;
        for (const auto& genome : genomes) fitness.push_back(evaluate(genome));
        all.insert(all.end(), genomes.begin(), genomes.end());
        algorithm->tell(fitness);
    }
    return all;
}

Fitness valley(const Genome& g) { return {{(g[0] - 40) * (g[0] - 40) + g[1], (g[0] - 60) * (g[0] - 60) + g[1]}, 0}; }

}  // namespace

TEST_SUITE("codesign/algorithms") {
    TEST_CASE("every method asks for canonical genomes of the space, none of them twice, and the same ones again") {
        const ChoiceSpace space({grid("a", 99), grid("b", 99)});
        for (const auto method : {Method::nsga2, Method::nsga3, Method::random, Method::local}) {
            CAPTURE(name(method));
            const auto options = options_of(method, 10, 20);
            const auto asked = asked_by(space, options, valley);
            CHECK(asked.size() == 200);
            CHECK(std::set<Genome>(asked.begin(), asked.end()).size() == 200);
            for (const auto& genome : asked) CHECK(genome == space.canonical(genome));
            CHECK(asked == asked_by(space, options, valley));
        }
    }

    TEST_CASE("a small space is used up by every method, and by exhaustive search in its order") {
        const ChoiceSpace space({grid("a", 3), grid("b", 4)});
        for (const auto method : {Method::nsga2, Method::nsga3, Method::random, Method::local, Method::exhaustive}) {
            CAPTURE(name(method));
            const auto asked = asked_by(space, options_of(method, 6, method == Method::exhaustive ? 1 : 40), valley);
            CHECK(std::set<Genome>(asked.begin(), asked.end()).size() == 20);
            if (method == Method::exhaustive)
                for (std::size_t i = 0; i < asked.size(); ++i) CHECK(asked[i] == space.at(i));
        }
    }

    TEST_CASE("the given pairs come first, in their order") {
        const ChoiceSpace space({grid("a", 99), grid("b", 99)});
        for (const auto method : {Method::nsga2, Method::nsga3, Method::random, Method::local}) {
            auto options = options_of(method, 5, 2);
            options.start = {{7, 8}, {9, 1}, {7, 8}};
            const auto asked = asked_by(space, options, valley);
            REQUIRE(asked.size() == 10);
            CHECK(asked[0] == Genome{7, 8});
            CHECK(asked[1] == Genome{9, 1});
            CHECK(asked[2] != Genome{7, 8});
        }
    }

    TEST_CASE("local search ends nearer to the front than as many random draws") {
        const ChoiceSpace space({grid("a", 999), grid("b", 999)});
        const auto sum = [](const Genome& g) { return Fitness{{g[0] + g[1], g[0] + g[1]}, 0}; };
        const auto lowest = [&](Method method) {
            double least = 1e9;
            for (const auto& g : asked_by(space, options_of(method, 4, 60), sum)) least = std::min(least, g[0] + g[1]);
            return least;
        };
        CHECK(lowest(Method::local) < lowest(Method::random));
    }

    TEST_CASE("lattices: C(divisions + objectives - 1, objectives - 1) points that sum to 1") {
        CHECK(simplex_lattice(3, 12).size() == 91);  // the setting of Deb and Jain for three objectives
        CHECK(simplex_lattice(5, 6).size() == 210);
        for (const auto& point : simplex_lattice(4, 3))
            CHECK(std::accumulate(point.begin(), point.end(), 0.0) == doctest::Approx(1));
        // Eight objectives: an outer lattice of 3 divisions (120) and an inner one of 2 (36), as they did.
        CHECK(reference_directions(8, 156).size() == 156);
        CHECK(reference_directions(3, 96).size() == 91);
        CHECK(reference_directions(1, 96).size() == 1);
    }

    TEST_CASE("NSGA-III fills the directions evenly: of clustered and spread points the spread ones stay") {
        // A cluster of 20 near (0.5, 0.5), and the two ends, all on one front; room for three.
        std::vector<Fitness> all{{{0, 1}, 0}, {{1, 0}, 0}};
        for (int i = 0; i < 20; ++i) all.push_back({{0.49 + 0.001 * i, 0.51 - 0.001 * i}, 0});
        dyad::core::Stream random(1, "test");
        std::set<std::size_t> kept;
        for (const auto& survivor : niching_survival(2, 3)->choose(all, 3, random)) kept.insert(survivor.index);
        CHECK(kept.size() == 3);
        CHECK(kept.count(0) == 1);
        CHECK(kept.count(1) == 1);
    }

    TEST_CASE("both survivals put feasible before infeasible, and the smaller violation first") {
        const std::vector<Fitness> all{{{0, 0}, 2}, {{5, 5}, 0}, {{0, 0}, 1}, Fitness::failed()};
        for (const bool niching : {false, true}) {
            dyad::core::Stream random(1, "test");
            const auto chosen = (niching ? niching_survival(2, 2) : crowding_survival())->choose(all, 2, random);
            REQUIRE(chosen.size() == 2);
            CHECK(chosen[0].index == 1);
            CHECK(chosen[1].index == 2);
            CHECK(chosen[0].rank < chosen[1].rank);
        }
    }

    TEST_CASE("the crowded go one at a time: two close points do not both go") {
        // On f2 = 10 - f1: 4.0 and 4.1 are close; once one of them is gone the other has room, and 7 is next.
        std::vector<Fitness> all;
        for (const double x : {0.0, 4.0, 4.1, 7.0, 8.0, 10.0}) all.push_back({{x, 10 - x}, 0});
        dyad::core::Stream random(1, "test");
        std::set<double> kept;
        for (const auto& survivor : crowding_survival()->choose(all, 4, random))
            kept.insert(all[survivor.index].objectives[0]);
        CHECK(kept.count(4.0) + kept.count(4.1) == 1);
        CHECK(kept.count(7.0) + kept.count(8.0) == 1);
    }

    TEST_CASE("a search that stands still ends early, one that still grows does not") {
        const Scratch scratch;
        auto experiment = toy_experiment(20, 60);
        experiment.search.stagnation = 5;
        FunctionEvaluator flat([](const Genome&) { return worth(1, 1, 1); });
        CampaignOptions options;
        options.workers = 0;
        options.quiet = true;
        options.directory = scratch / "flat";
        experiment.reference = {2, 2, 2};
        // The first generation reaches what there is; five more bring nothing.
        CHECK(search(std::make_shared<const Experiment>(experiment), flat, options).run.pairs.size() == 6 * 20);
        std::uint64_t count = 0;
        FunctionEvaluator falling([&](const Genome&) { return worth(1 / static_cast<double>(++count), 1, 1); });
        options.directory = scratch / "falling";
        CHECK(search(std::make_shared<const Experiment>(experiment), falling, options).run.pairs.size() > 10 * 20);
    }

    TEST_CASE("a table of pairs to start from") {
        Gene unit;
        unit.name = "unit";
        unit.options = {"absent", "present"};
        Gene lanes = grid("lanes", 9);
        lanes.parent = 0;
        lanes.parent_options = {1};
        Gene clock;
        clock.name = "clock";
        clock.kind = Gene::Kind::continuous;
        clock.from = 100;
        clock.to = 900;
        clock.unit = "MHz";
        const ChoiceSpace space({unit, lanes, clock});
        const auto read = [&](const std::string& text) {
            return read_start({"start", "s.csv", "s.csv", "", text}, space);
        };
        const auto genomes = read("id,unit,lanes,clock,latency\r\n1,present,4,250 MHz,0.1\r\n\n2,absent,4,,0.2\n");
        REQUIRE(genomes.size() == 2);
        CHECK(genomes[0] == Genome{1, 4, 250});
        CHECK(genomes[1] == Genome{0, 0, 100});  // lanes are there with the unit alone
        CHECK_THROWS_WITH_AS((void)read("unit,clock\nmaybe,50 MHz\n"),
                             "s.csv:2: unit: found 'maybe', which the gene cannot be\n"
                             "s.csv:2: clock: found '50 MHz', which the gene cannot be",
                             dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read(""), "s.csv: is empty, expected a line of gene names", dyad::core::Error);
        CHECK_THROWS_WITH_AS((void)read("id,rows\n1,8\n"), "s.csv: no column is named like a choice of this experiment",
                             dyad::core::Error);
    }
}
