// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "codesign/report/forest.hpp"
#include "codesign/report/matters.hpp"
#include "codesign/report/others.hpp"
#include "codesign/report/words.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "tests/codesign/assembled.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;
using dyad::core::Genome;

namespace {

dyad::core::Gene options(const char* name, dyad::core::Gene::Kind kind, std::size_t count) {
    dyad::core::Gene gene;
    gene.name = name;
    gene.kind = kind;
    for (std::size_t i = 0; i < count; ++i) gene.options.push_back(std::to_string(i));
    return gene;
}

/// Every setting of three choices of 5, 4 and 3 options, judged by `latency` and `energy`.
Run factorial(const std::function<std::array<double, 2>(const Genome&)>& figures) {
    using Kind = dyad::core::Gene::Kind;
    auto experiment = toy_experiment(10, 10);
    experiment.space = dyad::core::ChoiceSpace(
        {options("a", Kind::ordered, 5), options("b", Kind::categorical, 4), options("c", Kind::ordered, 3)});
    experiment.objectives = {Metric::latency, Metric::energy};
    experiment.constraints.clear();
    experiment.reference = {10.0, 20.0};
    std::vector<Pair> pairs;
    for (std::uint64_t i = 0; i < experiment.space.size(); ++i) {
        const auto genome = experiment.space.at(i);
        const auto [latency, energy] = figures(genome);
        pairs.push_back({i + 1, genome, worth(latency, energy, 1)});
    }
    return assembled(std::make_shared<const Experiment>(experiment), pairs);
}

const Share& share_of(const Matters& matters, std::size_t objective, std::size_t gene) {
    for (const auto& share : matters.shares[objective])
        if (share.gene == gene) return share;
    throw std::logic_error("no such share");
}

}  // namespace

TEST_SUITE("codesign/report") {
    TEST_CASE("a forest learns a step and leaves what it cannot know to the mean") {
        Samples samples;
        samples.ordered = {true, false};
        for (std::uint8_t i = 0; i < 200; ++i) {
            samples.rows.push_back({static_cast<std::uint8_t>(i % 10), static_cast<std::uint8_t>(i % 3)});
            samples.targets.push_back(i % 10 < 5 ? 1.0 : 3.0);
        }
        const Forest forest(samples, 20, 7);
        CHECK(forest.explained() > 0.99);
        for (std::size_t t = 0; t < forest.trees(); ++t) {
            CHECK(forest.predict(t, {2, 1}) == doctest::Approx(1));
            CHECK(forest.predict(t, {8, 1}) == doctest::Approx(3));
        }
        dyad::core::Stream random(1, "noise");
        for (auto& target : samples.targets) target = random.normal();
        CHECK(Forest(samples, 20, 7).explained() < 0.3);
    }

    TEST_CASE("the same samples and seed give the same forest, another seed another one") {
        Samples samples;
        samples.ordered = {true};
        for (std::uint8_t i = 0; i < 60; ++i) {
            samples.rows.push_back({i});
            samples.targets.push_back(std::sin(i));
        }
        const auto predictions = [&](std::uint64_t seed) {
            const Forest forest(samples, 4, seed);
            std::vector<double> all;
            for (std::size_t t = 0; t < 4; ++t)
                for (const auto& row : samples.rows) all.push_back(forest.predict(t, row));
            return all;
        };
        CHECK(predictions(1) == predictions(1));
        CHECK(predictions(1) != predictions(2));
    }

    TEST_CASE("shares of the variance come near those counted by hand") {
        // latency = a + 1: all of its variance is a's. energy = 3 b* + c with b* = 0 or 1 (b odd): the variance of 3 b*
        // is 9/4, that of c in {0, 1, 2} is 2/3, so b makes 2.25 / 2.917 = 77 % and c 23 %, without interaction.
        const auto run = factorial([](const Genome& g) {
            return std::array{g[0] + 1, 1 + 3.0 * (static_cast<int>(g[1]) % 2) + g[2]};
        });
        const auto matters = what_matters(run);
        CHECK(matters.explained[0] > 0.95);
        CHECK(share_of(matters, 0, 0).all.mean > 0.95);
        CHECK(share_of(matters, 0, 0).alone.mean > 0.95);
        // Drawn anew from other rows, the only choice that matters makes more than the whole in some trees.
        CHECK(share_of(matters, 0, 0).all.high <= 1);
        CHECK(share_of(matters, 1, 1).all.mean == doctest::Approx(0.77).epsilon(0.15));
        CHECK(share_of(matters, 1, 2).all.mean == doctest::Approx(0.23).epsilon(0.3));
        CHECK(matters.shares[1].front().gene == 1);
    }

    TEST_CASE("what a choice does only together with another is told apart from what it does alone") {
        // Even and odd b change places where c is 0, a third of all cases: b alone makes (2 / 3 - 1 / 3)^2 = 1 / 9 of
        // the variance, all of it with c.
        const auto run = factorial([](const Genome& g) {
            const bool up = (static_cast<int>(g[1]) % 2 == 0) == (g[2] > 0.5);
            return std::array{up ? 3.0 : 1.0, 1.0 + g[0]};
        });
        const auto share = share_of(what_matters(run), 0, 1);
        CHECK(share.all.mean > 0.7);
        CHECK(share.alone.mean < 0.2);
        CHECK(share.alone.low <= share.alone.mean);
        CHECK(share.alone.mean <= share.alone.high);
    }

    TEST_CASE("effects are the means by setting, and few pairs tell nothing") {
        auto run = factorial([](const Genome& g) { return std::array{2 * g[0] + 1, 1.0 + g[2]}; });
        const auto matters = what_matters(run);
        const auto found = std::ranges::find(matters.effects, 0U, &Effect::gene);
        REQUIRE(found != matters.effects.end());
        REQUIRE(found->labels.size() == 5);
        for (std::size_t level = 0; level < 5; ++level)
            CHECK(found->values[0][level].mean == doctest::Approx(2 * static_cast<double>(level) + 1).epsilon(0.05));
        run.pairs.resize(29);
        CHECK(what_matters(run).order.empty());
        CHECK(matters_json(run, what_matters(run)).is_null());
    }

    TEST_CASE("the pairs to look at are the cheapest, the knee and the best") {
        const auto run = factorial([](const Genome& g) { return std::array{5 - g[0], 1 + g[0] * g[0]}; });
        const auto first = picks(run);
        REQUIRE(first.size() == 3);
        CHECK(first[0].title == "Cheapest");
        CHECK(first[0].why == "Lowest energy of the front");
        CHECK(value(run.pairs[first[0].pair].evaluation, Metric::energy) == 1);
        CHECK(first[1].title == "Knee");
        CHECK(first[2].title == "Fastest");
        CHECK(value(run.pairs[first[2].pair].evaluation, Metric::latency) == 1);
        // where one pair is the best in everything, it has all three titles
        const auto one = picks(factorial([](const Genome& g) { return std::array{1 + g[0], 1 + g[0]}; }));
        REQUIRE(one.size() == 1);
        CHECK(one[0].title == "Cheapest, knee, fastest");
        CHECK(one[0].why ==
              "Lowest energy of the front; nearest to the best of all objectives at once; lowest latency of the front");
    }

    TEST_CASE("the course of a run of which a sample was kept ends at all of its evaluations") {
        auto run = factorial([](const Genome& g) { return std::array{5 - g[0], 1 + g[0]}; });
        const auto own = course(run, {10, 10});
        CHECK(own.back().evaluations == run.pairs.size());
        run.evaluated = 3 * run.pairs.size();
        const auto sampled = course(run, {10, 10});
        CHECK(sampled.back().evaluations == run.evaluated);
        CHECK(sampled.back().hypervolume == own.back().hypervolume);
    }

    TEST_CASE("two runs are compared under one reference point") {
        const auto good = factorial([](const Genome& g) { return std::array{5 - g[0], 1 + g[0]}; });
        const auto bad = factorial([](const Genome& g) { return std::array{7 - g[0], 1.5 + g[0]}; });
        const auto json = other_json(good, {"bad", bad});
        // Each of the worse front's points lies behind one of the better front's.
        CHECK(json.at("coverage") == nlohmann::json::parse("[1.0, 0.0]"));
        CHECK(json.at("hypervolumes")[0].get<double>() > json.at("hypervolumes")[1].get<double>());
        CHECK(json.at("joint") == nlohmann::json::parse("[60, 0]"));
        CHECK(json.at("best")[0] == nlohmann::json::parse("[1.0, 3.0]"));
        CHECK(json.at("differences").empty());
        CHECK(other_json(good, {"itself", good}).at("words") == "Both reach the same hypervolume.");
    }

    TEST_CASE("runs of other objectives cannot be compared") {
        const auto run = factorial([](const Genome& g) { return std::array{1 + g[0], 1.0}; });
        auto other = run;
        auto experiment = *run.experiment;
        experiment.objectives = {Metric::latency};
        other.experiment = std::make_shared<const Experiment>(experiment);
        CHECK_THROWS_WITH_AS((void)other_json(run, {"runs/b", other}),
                             "runs/b: its objectives are latency, expected latency, energy", dyad::core::Error);
    }
}
