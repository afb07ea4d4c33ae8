// SPDX-License-Identifier: Apache-2.0
#include "codesign/compare/compare.hpp"

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/files.hpp"
#include "models/device/device.hpp"
#include "tests/codesign/synthetic.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;
using dyad::core::Genome;

namespace {

/// A network gene and a chip gene of 20 settings each. `coupled`: only the same setting of both is good, and only the
/// last is best; otherwise each has its own best setting, 12.
Evaluation toy_pair(const Genome& g, bool coupled) {
    const double edp =
        coupled ? 1 + 40 * std::abs(g[0] - g[1]) + (19 - g[0]) : 1 + std::abs(g[0] - 12) + std::abs(g[1] - 12);
    auto evaluation = worth(edp, 1, 1);
    evaluation.metrics[static_cast<std::size_t>(Metric::edp)] = edp;
    return evaluation;
}

Experiment pair_experiment() {
    auto experiment = toy_experiment(10, 8);
    auto genes = experiment.space.genes();
    genes.pop_back();
    for (auto& gene : genes)
        for (std::size_t i = gene.options.size(); i < 20; ++i) gene.options.push_back(std::to_string(i + 1));
    experiment.space = dyad::core::ChoiceSpace(genes);
    experiment.accelerator.first_gene = 1;
    experiment.accelerator.genes = 1;
    experiment.baseline = {5, 5};
    return experiment;
}

StrategyComparison compared(const std::filesystem::path& directory, bool coupled, std::uint64_t seeds = 6,
                            unsigned workers = 0, bool resume = false) {
    FunctionEvaluator evaluator([coupled](const Genome& g) { return toy_pair(g, coupled); });
    CampaignOptions options;
    options.directory = directory;
    options.workers = workers;
    options.quiet = true;
    options.resume = resume;
    auto result = compare(std::make_shared<const Experiment>(pair_experiment()), evaluator, options, seeds);
    return std::move(result.comparison);
}

}  // namespace

TEST_SUITE("codesign/compare") {
    TEST_CASE("every strategy visits the baseline first, then what it may change, and no more pairs than the budget") {
        const auto experiment = pair_experiment();
        for (const auto strategy : all_strategies) {
            CAPTURE(name(strategy));
            const Judge judge = [](const std::vector<Genome>& genomes) {
                std::vector<Evaluation> all;
                for (const auto& g : genomes) all.push_back(toy_pair(g, false));
                return all;
            };
            const auto visits = pursue(strategy, experiment, 3, 60, judge);
            std::set<Genome> seen;
            std::set<double> networks, chips;
            for (const auto& visit : visits) {
                CHECK(seen.insert(visit.genome).second);
                networks.insert(visit.genome[0]);
                chips.insert(visit.genome[1]);
            }
            CHECK(visits.front().genome == Genome{5, 5});
            // what one side of 20 settings cannot use is spent on the other: each has 5 and 15 to 19 more, or both
            if (!is_separate(strategy)) CHECK(visits.size() == 60);
            if (is_separate(strategy)) CHECK(visits.size() >= 20);
            CHECK(visits.size() <= 60);
            if (strategy == Strategy::fixed_network) CHECK(networks == std::set<double>{5});
            if (strategy == Strategy::fixed_hardware) CHECK(chips == std::set<double>{5});
            if (strategy == Strategy::joint || strategy == Strategy::random) CHECK(visits.size() == 60);
            // One side after the other finds the best of an uncoupled space: all of 20 + 20 settings fit the budget.
            if (strategy == Strategy::network_then_hardware || strategy == Strategy::hardware_then_network)
                CHECK(visits[best_of(experiment, visits)].genome == Genome{12, 12});
        }
    }

    TEST_CASE("where network and chip must change together joint search wins, and the verdict says so") {
        const Scratch scratch;
        const auto comparison = compared(scratch / "r", true);
        CHECK(comparison.edp.won());
        CHECK(words(comparison).find("energy-delay product: joint search wins") != std::string::npos);
        // From (5, 5), changing one side alone costs 40 a step and gains at most 14: separate searches stay.
        for (const double edp : comparison.values(Strategy::alternating, &Trial::edp)) CHECK(edp == 15);
    }

    TEST_CASE("where they do not, it does not, and the verdict says that") {
        const Scratch scratch;
        const auto comparison = compared(scratch / "r", false);
        CHECK_FALSE(comparison.edp.won());
        CHECK(words(comparison).find("energy-delay product: joint search does NOT win") != std::string::npos);
    }

    TEST_CASE("where no pair counts there is nothing to compare, and the verdict says that instead of an interval") {
        auto experiment = pair_experiment();
        experiment.constraints = {{Metric::area, true, 0.5, "area <= 0.5 mm2"}};  // every pair has 1 mm2
        FunctionEvaluator evaluator([](const Genome& g) { return toy_pair(g, true); });
        const Scratch scratch;
        CampaignOptions options;
        options.directory = scratch / "r";
        options.workers = 0;
        options.quiet = true;
        const auto comparison =
            compare(std::make_shared<const Experiment>(experiment), evaluator, options, 3).comparison;
        CHECK(comparison.edp.seeds == 0);
        CHECK(words(comparison)
                  .find("energy-delay product: nothing to compare: with no seed did joint search or "
                        "a separate one find a pair that keeps the budgets with at least the baseline's "
                        "accuracy and at most its area\n") != std::string::npos);
        const auto verdict = to_json(comparison)["verdicts"][0];
        CHECK(verdict["verdict"] == "nothing to compare");
        CHECK(verdict["gain"].is_null());
        CHECK(verdict["low"].is_null());
    }

    TEST_CASE("a seed that finds no pair that counts is the worst of all") {
        const auto missing = std::numeric_limits<double>::infinity();
        StrategyComparison comparison;
        comparison.experiment = std::make_shared<const Experiment>(pair_experiment());
        comparison.baseline_genome = {5, 5};
        comparison.budget = 60;
        const auto add = [&](Strategy strategy, std::vector<double> edps) {
            for (std::uint64_t seed = 1; const double edp : edps)
                comparison.trials.push_back({strategy, seed++, 60, 1, edp, 0, {5, 5}});
        };
        add(Strategy::fixed_network, {missing, missing, missing, missing, missing, missing});
        add(Strategy::fixed_hardware, {8, 8, 8, 8, missing, missing});
        for (const auto strategy :
             {Strategy::network_then_hardware, Strategy::hardware_then_network, Strategy::alternating})
            add(strategy, {9, 9, 9, 9, missing, missing});
        add(Strategy::joint, {4, 4, 4, 4, 4, missing});
        add(Strategy::random, {9, 9, 9, 9, 9, 9});
        judge(comparison);
        CHECK(comparison.edp.separate == Strategy::fixed_hardware);  // median 8: the lowest of the separate ones
        CHECK(comparison.edp.seeds == 5);                            // the sixth found nothing either way
        CHECK(comparison.edp.ratio == 2);                            // of 2, 2, 2, 2 and infinite
        CHECK(comparison.edp.p == 2.0 / 32);                         // five signs alike of five
        CHECK(words(comparison).find("\nfixed hardware                   60     4/6 ") != std::string::npos);
        CHECK(words(comparison).find("gain 2 (fewer than 6 seeds show no difference; their range 2 to inf)") !=
              std::string::npos);
        CHECK(to_json(comparison)["strategies"][0]["found"] == 0);
        CHECK(to_json(comparison)["strategies"][0]["edp"]["median"].is_null());
    }

    TEST_CASE("devices are refused: of them no energy is known") {
        auto experiment = pair_experiment();
        experiment.targets = {{"gpu", nullptr, std::make_shared<const dyad::models::Device>()}};
        FunctionEvaluator evaluator([](const Genome& g) { return toy_pair(g, true); });
        CHECK_THROWS_WITH_AS((void)compare(std::make_shared<const Experiment>(experiment), evaluator, {}, 3),
                             "toy.yaml: strategies are compared by energy-delay product, and of a device no energy is "
                             "known: expected chips",
                             dyad::core::Error);
    }

    TEST_CASE("the best pair has at least the baseline's accuracy and at most its area, and keeps the budgets") {
        auto experiment = pair_experiment();
        const auto visit = [](double edp, double accuracy, double area) {
            Visit v{{0, 0}, worth(1, 1, area)};
            v.evaluation.metrics[static_cast<std::size_t>(Metric::edp)] = edp;
            v.evaluation.metrics[static_cast<std::size_t>(Metric::accuracy)] = accuracy;
            return v;
        };
        const auto baseline = visit(10, 70, 5);
        CHECK(best_of(experiment, {baseline, visit(1, 69, 5), visit(2, 70, 5.1), visit(9, 71, 4)}) == 3);
        CHECK(best_of(experiment, {baseline, visit(1, 69, 5)}) == 0);
        CHECK(best_of(experiment, {visit(10, 70, 9), visit(11, 70, 8)}) == 1);  // the baseline breaks area <= 8
    }

    TEST_CASE("a pair is evaluated once for all strategies and seeds, and a resumed comparison ends alike") {
        const Scratch scratch;
        int evaluations = 0;
        FunctionEvaluator evaluator([&](const Genome& g) {
            ++evaluations;
            return toy_pair(g, true);
        });
        CampaignOptions options;
        options.directory = scratch / "a";
        options.workers = 0;
        options.quiet = true;
        const auto first = compare(std::make_shared<const Experiment>(pair_experiment()), evaluator, options, 4);
        write_comparison(first.comparison, scratch / "a");
        CHECK(static_cast<std::size_t>(evaluations) == first.outcome.run.pairs.size());
        CHECK(evaluations <= 400);
        const auto again = compared(scratch / "a", true, 4, 2, true), other = compared(scratch / "b", true, 4, 2);
        CHECK(to_json(again).dump() == to_json(first.comparison).dump());
        CHECK(to_json(other).dump() == to_json(first.comparison).dump());
        CHECK(dyad::core::read_file(scratch / "a" / "compare.csv").starts_with("strategy,seed,evaluations,"));
        CHECK(dyad::core::read_file(scratch / "a" / "compare.html").find("<svg") != std::string::npos);
    }
}
