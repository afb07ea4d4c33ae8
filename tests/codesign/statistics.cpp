// SPDX-License-Identifier: Apache-2.0
#include "codesign/compare/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace dyad::codesign;

TEST_SUITE("codesign/statistics") {
    TEST_CASE("medians and their intervals") {
        CHECK(median({3, 1, 2}) == 2);
        CHECK(median({4, 1, 2, 3}) == 2.5);
        CHECK(std::isnan(median({})));
        // n = 10: P(X <= 1) = 11/1024 = 0.0107, P(X <= 2) = 56/1024 = 0.0547: from the second to the ninth value.
        const auto ten = median_interval({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
        CHECK(ten.low == 2);
        CHECK(ten.high == 9);
        // n = 5: even P(X <= 0) = 1/32 is above 0.025, so the whole range is all that can be said.
        const auto five = median_interval({1, 2, 3, 4, 5});
        CHECK(five.low == 1);
        CHECK(five.high == 5);
    }

    TEST_CASE("Mann-Whitney: the value of SciPy 1.10 (mannwhitneyu, less, asymptotic), ties included") {
        CHECK(mann_whitney_less({1.1, 2.3, 0.7, 3.3, 2.9, 1.8}, {2.0, 3.1, 2.3, 4.0, 3.5, 2.2, 5.0}) ==
              doctest::Approx(0.05779094997569137).epsilon(1e-9));
        CHECK(mann_whitney_less({1, 1}, {1, 1}) == 1);
        CHECK(mann_whitney_less({5, 6, 7}, {1, 2, 3}) > 0.9);
    }

    TEST_CASE("Wilcoxon: the value of SciPy 1.10 (exact), and small cases counted by hand") {
        CHECK(wilcoxon({1, 2, 3, 4, 5, 6, 7, 8}, {1.5, 1.9, 3.7, 3.2, 6.1, 7.3, 8.9, 6.8}) ==
              doctest::Approx(0.3828125));
        // Five differences, all up: 1 of 32 sign patterns on each side.
        CHECK(wilcoxon({2, 3, 4, 5, 6}, {1, 1, 1, 1, 1}) == 2.0 / 32);
        CHECK(wilcoxon({1, 2}, {1, 2}) == 1);
    }

    TEST_CASE("the effect size is the share of pairs won, ties half") {
        CHECK(effect_size({2, 3}, {1, 1}) == 1);
        CHECK(effect_size({1, 2}, {1, 2}) == 0.5);
        CHECK(effect_size({1}, {1, 2, 3, 4}) == 0.125);
    }
}
