// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/fitness.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "codesign/search/archive.hpp"

using namespace dyad::codesign;

TEST_SUITE("codesign/fitness") {
    TEST_CASE("a point dominates when it is nowhere worse and somewhere better") {
        CHECK(dominates(Point{1, 2}, Point{1, 3}));
        CHECK_FALSE(dominates(Point{1, 2}, Point{1, 2}));
        CHECK_FALSE(dominates(Point{1, 4}, Point{2, 3}));
        CHECK_FALSE(dominates(Point{2, 3}, Point{1, 4}));
    }

    TEST_CASE("feasibility comes before objectives, and the smaller violation before the larger") {
        const Fitness feasible{{9, 9}, 0}, near{{1, 1}, 0.1}, far{{0, 0}, 0.2};
        CHECK(dominates(feasible, near));
        CHECK(dominates(near, far));
        CHECK_FALSE(dominates(far, near));
        CHECK_FALSE(dominates(near, feasible));
        CHECK(dominates(far, Fitness::failed()));
        CHECK_FALSE(dominates(Fitness::failed(), Fitness::failed()));
    }

    TEST_CASE("fronts are peeled off one after another") {
        // (1,4) (2,2) (4,1) hold each other; (3,3) is behind (2,2) only; (5,5) is behind (3,3); the infeasible one is
        // last.
        const std::vector<Fitness> all{{{5, 5}, 0}, {{1, 4}, 0}, {{3, 3}, 0}, {{2, 2}, 0}, {{0, 0}, 1}, {{4, 1}, 0}};
        const auto fronts = sort_fronts(all);
        REQUIRE(fronts.size() == 4);
        CHECK(fronts[0] == std::vector<std::size_t>{1, 3, 5});
        CHECK(fronts[1] == std::vector<std::size_t>{2});
        CHECK(fronts[2] == std::vector<std::size_t>{0});
        CHECK(fronts[3] == std::vector<std::size_t>{4});
    }

    TEST_CASE("no candidates have no fronts") { CHECK(sort_fronts({}).empty()); }

    TEST_CASE("crowding is the sum of the gaps to both neighbours, in units of the range") {
        const std::vector<Fitness> all{{{0, 10}, 0}, {{1, 6}, 0}, {{4, 0}, 0}, {{2, 5}, 0}};
        const auto distance = crowding(all, {0, 1, 2, 3});
        CHECK(std::isinf(distance[0]));
        CHECK(std::isinf(distance[2]));
        CHECK(distance[1] == doctest::Approx((2.0 - 0) / 4 + (10.0 - 5) / 10));  // between (0,10) and (2,5)
        CHECK(distance[3] == doctest::Approx((4.0 - 1) / 4 + (6.0 - 0) / 10));   // between (1,6) and (4,0)
    }

    TEST_CASE("the archive keeps every non-dominated feasible pair, equal ones side by side") {
        Archive archive;
        CHECK(archive.insert(1, {{2, 2}, 0}));
        CHECK(archive.insert(2, {{2, 2}, 0}));
        CHECK(archive.insert(3, {{1, 3}, 0}));
        CHECK_FALSE(archive.insert(4, {{3, 3}, 0}));
        CHECK_FALSE(archive.insert(5, {{0, 0}, 0.5}));
        CHECK_FALSE(archive.insert(6, Fitness::failed()));
        REQUIRE(archive.members().size() == 3);
        CHECK(archive.insert(7, {{1, 1}, 0}));
        REQUIRE(archive.members().size() == 1);
        CHECK(archive.members()[0].id == 7);
        CHECK(archive.feasible());
    }

    TEST_CASE("while nothing is feasible the archive keeps the least violating") {
        Archive archive;
        CHECK_FALSE(archive.insert(1, Fitness::failed()));
        CHECK(archive.insert(2, {{1, 1}, 0.5}));
        CHECK(archive.insert(3, {{9, 9}, 0.25}));
        CHECK(archive.insert(4, {{5, 5}, 0.25}));
        REQUIRE(archive.members().size() == 2);
        CHECK(archive.members()[0].id == 3);
        CHECK_FALSE(archive.feasible());
        CHECK(archive.insert(5, {{9, 9}, 0}));
        CHECK(archive.members().size() == 1);
    }
}
