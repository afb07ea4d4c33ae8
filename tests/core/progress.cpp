// SPDX-License-Identifier: Apache-2.0
#include "core/progress.hpp"

#include <doctest/doctest.h>

using dyad::core::Progress;

TEST_SUITE("core/progress") {
    TEST_CASE("what was there before counts as done, and neither for the rate nor for the time left") {
        Progress progress("pairs", 8, true);
        CHECK(progress.status() == "0/8 pairs");
        progress.add(2, true);
        CHECK(progress.status() == "2/8 pairs");
        CHECK(progress.evaluated() == 0);
        progress.note("loss 0.5");
        CHECK(progress.status() == "2/8 pairs, loss 0.5");
        progress.add(1);
        CHECK(progress.evaluated() == 1);
        CHECK(progress.status().starts_with("3/8 pairs, loss 0.5, "));
        CHECK(progress.status().ends_with(" left"));
        progress.add(5);
        CHECK(progress.status().starts_with("8/8 pairs, loss 0.5, "));
        CHECK_FALSE(progress.status().ends_with(" left"));
    }
}
