// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/certainty.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/codesign/synthetic.hpp"

using namespace dyad::codesign;
using namespace dyad::codesign::testing;

TEST_SUITE("codesign/certainty") {
    TEST_CASE("a pair is the likelier on the front the clearer it is") {
        auto toy = toy_experiment(2, 2);
        toy.objectives = {Metric::accuracy, Metric::latency};
        toy.networks.resize(1);
        toy.networks[0].genes = 1;
        toy.accelerator.first_gene = 1;
        toy.accelerator.genes = 2;
        const auto pair = [](std::uint64_t id, double network, double accuracy, double spread, double latency) {
            auto evaluation = worth(latency, 1, 1);
            evaluation.metrics[0] = accuracy;
            evaluation.spreads[0] = spread;
            return Pair{id, {network, static_cast<double>(id), 0}, evaluation};
        };
        // 0 is best in both; 1 and 2 are slower, and as good within their intervals of +-1.645, that is a deviation of
        // 1
        const std::vector<Pair> all{pair(1, 0, 70, 1.645, 1), pair(2, 1, 70, 1.645, 2), pair(3, 2, 60, 1.645, 2),
                                    pair(4, 0, 70, 1.645, 3)};
        const auto chances = front_chances(toy, all, {0});
        REQUIRE(chances.size() == 2);
        CHECK(chances[0].pair == 0);
        CHECK(chances[0].of_front == 1);  // the fastest of all
        CHECK(chances[1].pair == 1);  // above the first in half of the draws: 4 deviations of 400 such draws are 0.1
        CHECK(std::abs(chances[1].of_front - 0.5) < 0.1);
        // 3 is 10 points worse; 4 is the same network as 0, whose error is the same
        auto exact = all;
        for (auto& one : exact) one.evaluation.spreads = {};
        CHECK(front_chances(toy, exact, {0}).empty());
    }
}
