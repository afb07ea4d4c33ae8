// SPDX-License-Identifier: Apache-2.0
#include "core/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

namespace core = dyad::core;
using Values = std::vector<double>;

TEST_SUITE("core/statistics") {
    TEST_CASE("a mean, and the value that a share lies below") {
        CHECK(core::mean({1, 2, 6}) == 3);
        CHECK(std::isnan(core::mean({})));
        // 5 values are at 0, 1/4, 1/2, 3/4 and 1; 0.9 is 0.6 of the way from 3/4 to 1: 4 + 0.6 x (9 - 4)
        CHECK(core::quantile({9, 1, 4, 2, 3}, 0) == 1);
        CHECK(core::quantile({9, 1, 4, 2, 3}, 0.5) == 3);
        CHECK(core::quantile({9, 1, 4, 2, 3}, 0.9) == doctest::Approx(7));
        CHECK(core::quantile({9, 1, 4, 2, 3}, 1) == 9);
        CHECK(core::quantile({}, 0.5) == 0);
        // the integral of the density between the two: erf(z / sqrt 2)
        CHECK(std::erf(core::normal_90 / std::sqrt(2.0)) == doctest::Approx(0.9).epsilon(1e-12));
    }

    TEST_CASE("equal values share the mean of their ranks") {
        CHECK(core::ranks({30, 10, 20}) == Values{2, 0, 1});
        CHECK(core::ranks({5, 1, 5, 9}) == Values{1.5, 0, 1.5, 3});
        CHECK(core::ranks({7, 7, 7}) == Values{1, 1, 1});
        CHECK(core::ranks({}).empty());
    }

    TEST_CASE("correlation is 1 on a rising line, -1 on a falling one, 0 where one list does not vary") {
        CHECK(core::correlation({1, 2, 3}, {10, 20, 30}) == doctest::Approx(1));
        CHECK(core::correlation({1, 2, 3}, {3, 2, 1}) == doctest::Approx(-1));
        CHECK(core::correlation({1, 2, 3}, {4, 4, 4}) == 0);
        CHECK(core::correlation({}, {}) == 0);
        // deviations -1 0 1 and -1 1 0: 1 / sqrt(2 * 2)
        CHECK(core::correlation({1, 2, 3}, {1, 3, 2}) == doctest::Approx(0.5));
    }

    TEST_CASE("Spearman sees order only") {
        CHECK(core::spearman({1, 2, 3, 4}, {1, 10, 100, 1000}) == doctest::Approx(1));
        // 1 - 6 * (0 + 1 + 1 + 0) / (4 * 15)
        CHECK(core::spearman({1, 2, 3, 4}, {1, 3, 2, 4}) == doctest::Approx(0.8));
    }

    TEST_CASE("relative errors are of the known value, the worst by magnitude") {
        const auto errors = core::relative_errors({110, 80, 100}, {100, 100, 100});
        CHECK(errors.count == 3);
        CHECK(errors.mean == doctest::Approx(-0.1 / 3));
        CHECK(errors.mean_absolute == doctest::Approx(0.1));
        CHECK(errors.worst == doctest::Approx(-0.2));
        CHECK(errors.worst_at == 1);
        CHECK(core::relative_errors({}, {}).count == 0);
    }

    TEST_CASE("lists of different lengths are our own mistake") {
        CHECK_THROWS_AS((void)core::spearman({1, 2}, {1}), std::logic_error);
        CHECK_THROWS_AS((void)core::relative_errors({1, 2}, {1}), std::logic_error);
    }
}
