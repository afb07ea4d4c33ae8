// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/robustness.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/report/constants.hpp"
#include "codesign/report/data.hpp"
#include "codesign/report/words.hpp"
#include "models/energy.hpp"
#include "tests/codesign/assembled.hpp"

using namespace dyad::codesign;

namespace {

/// `count` pairs spread over the array sweep, judged by the closed forms.
Run small_sweep(std::uint64_t count) {
    auto experiment = read_experiment("array_sweep");
    experiment.fidelity = dyad::models::Fidelity::analytic;
    const auto shared = std::make_shared<const Experiment>(std::move(experiment));
    PairEvaluator evaluator(shared);
    std::vector<Pair> pairs;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto index = i * (shared->space.size() / count);
        const auto genome = shared->space.at(index);
        pairs.push_back({index + 1, genome, evaluate_safely(evaluator, genome)});
    }
    return testing::assembled(shared, pairs);
}

/// By pair: whether it is within 8 mm2 and no other such is at least as fast, as sparing and as small, and better in
/// one, with one constant changed on all chips.
std::vector<bool> best_with(const Run& run, const std::vector<PlayedPair>& figures, const std::string& name,
                            double factor) {
    const auto constants = cost_constants();
    const auto constant = std::ranges::find(constants, name, &CostConstant::name);
    REQUIRE(constant != constants.end());
    std::vector<std::array<double, 3>> points;
    for (const auto& pair : figures) {
        const auto chip = scaled(*pair.chip, *constant, factor);
        points.push_back({value(run.pairs[pair.pair].evaluation, Metric::latency), pair.events.front().on(chip).count(),
                          dyad::models::area(chip).count()});
    }
    std::vector<bool> best;
    for (const auto& own : points)
        best.push_back(own[2] <= 8 && std::ranges::none_of(points, [&](const auto& other) {
                           return other[2] <= 8 && other != own && other[0] <= own[0] && other[1] <= own[1] &&
                                  other[2] <= own[2];
                       }));
    return best;
}

bool is_energy(const std::string& name) {
    return name.find("area") == std::string::npos && name.find("overhead") == std::string::npos;
}

}  // namespace

TEST_SUITE("codesign/report") {
    TEST_CASE("constants of energy share out all of the energy, and a change common to all moves few pairs") {
        const auto run = small_sweep(12);
        REQUIRE(run.feasible);
        const auto details = front_details(run, 100);
        REQUIRE(details.figures.size() == run.front.size());
        const auto firm = robustness(run, details.figures);
        for (std::size_t i = 0; i < details.figures.size(); ++i) {
            double sum = 0;
            for (const auto& constant : firm.constants)
                if (is_energy(constant.name)) sum += constant.energies[i];
            // Energy is a sum of products with one constant each: a fifth more of all of them is a fifth more energy.
            CHECK(sum == doctest::Approx(0.2).epsilon(1e-6));
        }
        std::vector<std::size_t> kept(details.figures.size());
        for (const auto& constant : firm.constants)
            for (const double factor : {0.8, 1.2}) {
                const auto best = best_with(run, details.figures, constant.name, factor);
                for (std::size_t i = 0; i < kept.size(); ++i) kept[i] += best[i];
            }
        CHECK(firm.kept == kept);
        // Times do not depend on constants: whatever they are, none is better than the fastest in all objectives.
        const auto latency = [&](const PlayedPair& pair) {
            return value(run.pairs[pair.pair].evaluation, Metric::latency);
        };
        const auto fastest =
            static_cast<std::size_t>(std::ranges::min_element(details.figures, {}, latency) - details.figures.begin());
        CHECK(firm.kept[fastest] == 2 * firm.constants.size());
        CHECK(firm.probability[fastest] == 1);
        CHECK(std::ranges::count(firm.kept, 2 * firm.constants.size()) > 0);
        const auto again = robustness(run, details.figures);
        CHECK(again.probability == firm.probability);
        CHECK(again.kept == firm.kept);
    }

    TEST_CASE("a network errs alike on every chip") {
        auto run = small_sweep(12);
        auto experiment = *run.experiment;
        experiment.objectives = {Metric::accuracy, Metric::latency};
        experiment.constraints.clear();
        const auto shared = std::make_shared<const Experiment>(experiment);
        // One network on all chips, told to be the better the slower the chip is, by less than the interval.
        auto pairs = run.pairs;
        std::erase_if(pairs, [](const Pair& pair) { return pair.evaluation.failed(); });
        for (auto& pair : pairs) {
            auto& evaluation = pair.evaluation;
            evaluation.metrics[static_cast<std::size_t>(Metric::accuracy)] = 70 + value(evaluation, Metric::latency);
            evaluation.spreads[static_cast<std::size_t>(Metric::accuracy)] = 5;
        }
        run = testing::assembled(shared, pairs);
        const auto details = front_details(run, 100);
        REQUIRE(details.figures.size() > 3);
        const auto firm = robustness(run, details.figures);
        for (const double probability : firm.probability) CHECK(probability == 1);
        for (const auto& chance : run.chances) CHECK(chance.of_front == 1);  // of front.json
        CHECK(run.chances.size() == run.front.size());
        const auto words = [](const Run& of) { return report_data(of, {}, 100).at("robustness").at("words").dump(); };
        CHECK(words(run).find("20 %), each network's accuracy within its 90 % interval (one error for a network, "
                              "whatever chip it is on), and each pair's latency") != std::string::npos);
        for (auto& pair : pairs) {
            pair.evaluation.metrics[static_cast<std::size_t>(Metric::fairness_gap)] = 3;
            pair.evaluation.spreads[static_cast<std::size_t>(Metric::fairness_gap)] = 1;
        }
        experiment.objectives.push_back(Metric::fairness_gap);
        const auto three = testing::assembled(std::make_shared<const Experiment>(experiment), pairs);
        CHECK(words(three).find("20 %), each network's accuracy and fairness gap within their 90 % intervals") !=
              std::string::npos);
        CHECK(words(small_sweep(2)).find("within 20 %) and each pair's latency") != std::string::npos);
    }

    TEST_CASE("a pair without rivals is on the front whatever the constants are") {
        const auto run = small_sweep(1);
        const auto details = front_details(run, 10);
        REQUIRE(details.figures.size() == 1);
        const auto firm = robustness(run, details.figures);
        CHECK(firm.probability.front() == 1);
        CHECK(firm.kept.front() == 2 * firm.constants.size());
        CHECK(std::ranges::none_of(firm.constants, [](const auto& c) { return c.name == "arithmetic.fp32.multiply"; }));
        CHECK(std::ranges::any_of(firm.constants, [](const auto& c) { return c.name == "dram.read"; }));
        // Objectives: latency (known to the closed forms alone here), energy, area.
        CHECK(firm.spreads.front()[0] == 0);
        CHECK(firm.spreads.front()[1] > 0.03);
        CHECK(firm.spreads.front()[1] < 0.2);
        CHECK(firm.spreads.front()[2] > 0.03);
    }

    TEST_CASE("few pairs are examined where few are asked for, those to look at among them") {
        const auto run = small_sweep(12);
        const auto few = front_details(run, 4);
        CHECK(few.figures.size() <= 4);
        CHECK(few.figures.size() >= std::min<std::size_t>(3, run.front.size()));
        const auto data = report_data(run, {}, 4);
        CHECK(data.at("front").size() == few.figures.size());
        CHECK(data.at("pairs").at("ids").size() == 12);
        for (const auto& pick : data.at("picks"))
            CHECK(std::ranges::any_of(data.at("front"),
                                      [&](const auto& pair) { return pair.at("id") == pick.at("id"); }));
    }
}
