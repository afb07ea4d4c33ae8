// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/hypervolume.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "codesign/search/archive.hpp"
#include "core/random.hpp"

using namespace dyad::codesign;

namespace {
/// Volume of a union of boxes by inclusion and exclusion over all subsets.
double brute_force(const std::vector<Point>& points, const Point& reference) {
    double total = 0;
    for (unsigned subset = 1; subset < (1U << points.size()); ++subset) {
        Point corner(reference.size(), -1e300);
        int members = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if ((subset >> i & 1U) == 0) continue;
            ++members;
            for (std::size_t k = 0; k < corner.size(); ++k) corner[k] = std::max(corner[k], points[i][k]);
        }
        double box = 1;
        for (std::size_t k = 0; k < corner.size(); ++k) box *= std::max(0.0, reference[k] - corner[k]);
        total += members % 2 == 1 ? box : -box;
    }
    return total;
}

std::vector<Point> random_points(std::uint64_t seed, std::size_t count, std::size_t objectives, double levels) {
    dyad::core::Stream random(seed, "points", count, objectives);
    std::vector<Point> points(count, Point(objectives));
    for (auto& point : points)
        for (auto& x : point) x = std::floor(random.uniform() * levels) / levels;
    return points;
}
}  // namespace

TEST_SUITE("codesign/hypervolume") {
    TEST_CASE("hand-counted sets") {
        CHECK(hypervolume({}, {1, 1}) == 0);
        CHECK(hypervolume({{0.25}, {0.5}}, {1}) == 0.75);
        // Strips of (1,3) (2,2) (3,1) below (4,4): 3x1 + 2x1 + 1x1.
        CHECK(hypervolume({{3, 1}, {1, 3}, {2, 2}}, {4, 4}) == 6);
        // 2x2x1 and 1x1x2, which share 1x1x1.
        CHECK(hypervolume({{0, 0, 1}, {1, 1, 0}}, {2, 2, 2}) == 5);
    }

    TEST_CASE("dominated, repeated and outside points add nothing") {
        const Point reference{4, 4};
        CHECK(hypervolume({{1, 1}, {2, 2}, {1, 1}}, reference) == 9);
        CHECK(hypervolume({{1, 1}, {0, 4}, {5, 0}}, reference) == 9);
        CHECK(hypervolume({{4, 4}}, reference) == 0);
    }

    TEST_CASE("equals inclusion and exclusion on random sets, ties included") {
        for (std::size_t objectives = 1; objectives <= 5; ++objectives)
            for (std::uint64_t seed = 0; seed < 20; ++seed) {
                const auto points = random_points(seed, 9, objectives, seed % 2 == 0 ? 4 : 1000);
                const Point reference(objectives, 0.875);  // some points are outside
                std::vector<Point> inside;
                for (const auto& p : points)
                    if (*std::max_element(p.begin(), p.end()) < 0.875) inside.push_back(p);
                CAPTURE(objectives);
                CAPTURE(seed);
                CHECK(hypervolume(points, reference) == doctest::Approx(brute_force(inside, reference)).epsilon(1e-12));
            }
    }

    TEST_CASE("what a point adds is the difference of the volumes with and without it") {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            auto points = random_points(seed, 30, 4, 50);
            const Point reference(4, 0.9), extra = points.back();
            points.pop_back();
            auto with = points;
            with.push_back(extra);
            CHECK(exclusive_hypervolume(extra, points, reference) ==
                  doctest::Approx(hypervolume(with, reference) - hypervolume(points, reference)).epsilon(1e-9));
        }
    }

    TEST_CASE("convergence ends at the volume of the front, in units of the reference, and never falls") {
        const auto points = random_points(3, 200, 3, 1000);
        Convergence convergence({2, 2, 2});
        for (const auto& p : points) convergence.add({p, 0});
        convergence.add({{0, 0, 0}, 1});  // infeasible: counts as an evaluation only
        CHECK(convergence.hypervolume() == doctest::Approx(hypervolume(points, {2, 2, 2}) / 8));
        const auto samples = convergence.samples();
        CHECK(samples.front().evaluations == 1);
        CHECK(samples.back().evaluations == 201);
        CHECK(samples.back().hypervolume == convergence.hypervolume());
        CHECK(std::is_sorted(samples.begin(), samples.end(), [](const auto& a, const auto& b) {
            return a.evaluations < b.evaluations && a.hypervolume <= b.hypervolume;
        }));
    }
}
