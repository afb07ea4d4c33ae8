// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/robustness.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/report/data.hpp"
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
            CHECK(firm.kept[i] <= 2 * firm.constants.size());
            CHECK(firm.probability[i] >= 0);
            CHECK(firm.probability[i] <= 1);
        }
        CHECK(std::ranges::count(firm.kept, 2 * firm.constants.size()) > 0);
        const auto again = robustness(run, details.figures);
        CHECK(again.probability == firm.probability);
        CHECK(again.kept == firm.kept);
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
