// SPDX-License-Identifier: Apache-2.0
#include "sim/steady_state.hpp"

#include <doctest/doctest.h>

using namespace dyad::sim;

namespace {
/// The n-th boundary when each tile takes `time` and loads `bytes`.
Mark boundary(std::uint64_t n, Picoseconds time, std::uint64_t bytes) {
    Mark mark{n, n * time, {}};
    mark.counts.loaded[1] = n * bytes;
    return mark;
}
}  // namespace

TEST_SUITE("sim/steady_state") {
    TEST_CASE("without refresh a state that comes back is a repeat, with what changed since") {
        SteadyState watch(0);
        CHECK_FALSE(watch.repeat(boundary(0, 100, 8), {1, 2}));
        CHECK_FALSE(watch.repeat(boundary(1, 100, 8), {3, 4}));
        const auto change = watch.repeat(boundary(2, 100, 8), {1, 2});
        REQUIRE(change);
        CHECK(change->position == 2);
        CHECK(change->time == 200);
        CHECK(change->counts.loaded[1] == 16);
    }

    TEST_CASE("a state that differs in one word is no repeat") {
        SteadyState watch(0);
        CHECK_FALSE(watch.repeat(boundary(0, 100, 8), {1, 2, 3}));
        CHECK_FALSE(watch.repeat(boundary(1, 100, 8), {1, 2, 4}));
    }

    TEST_CASE("with refresh a repeat that uses DRAM is a mean over many windows") {
        // Tiles of a quarter of the interval: warm from boundary 4 (index 3), 256 windows are 1024 tiles later.
        SteadyState watch(4000);
        std::uint64_t n = 0;
        std::optional<Mark> change;
        while (!change) change = watch.repeat(boundary(n++, 1000, 8), {7});
        CHECK(n == 3 + 1024 + 1);
        CHECK(change->time == 256 * 4000);
        CHECK(change->counts.loaded[1] == 1024 * 8);
    }

    TEST_CASE("with refresh a repeat that does not use DRAM is exact") {
        SteadyState watch(4000);
        CHECK_FALSE(watch.repeat(boundary(0, 1000, 0), {7}));
        CHECK(watch.repeat(boundary(1, 1000, 0), {7}));
    }

    TEST_CASE("after clear nothing is remembered") {
        SteadyState watch(0);
        (void)watch.repeat(boundary(0, 100, 8), {1});
        watch.clear();
        CHECK_FALSE(watch.repeat(boundary(1, 100, 8), {1}));
    }
}
