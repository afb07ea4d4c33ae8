// SPDX-License-Identifier: Apache-2.0
#include "tests/benchmark/problems.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "codesign/search/hypervolume.hpp"

namespace dyad::benchmark {
namespace {

using codesign::Fitness;
using codesign::Point;
using core::Genome;
using std::numbers::pi;

std::vector<core::Gene> ranges(std::size_t count, double from = 0, double to = 1) {
    std::vector<core::Gene> genes(count);
    for (std::size_t i = 0; i < count; ++i) {
        genes[i].name = "x" + std::to_string(i);
        genes[i].kind = core::Gene::Kind::continuous;
        genes[i].from = i == 0 ? 0 : from;
        genes[i].to = i == 0 ? 1 : to;
    }
    return genes;
}

double rest(const Genome& x) {
    double sum = 0;
    for (std::size_t i = 1; i < x.size(); ++i) sum += x[i];
    return sum / static_cast<double>(x.size() - 1);
}

Fitness zdt1(const Genome& x) {
    const double g = 1 + 9 * rest(x);
    return {{x[0], g * (1 - std::sqrt(x[0] / g))}, 0};
}
Fitness zdt2(const Genome& x) {
    const double g = 1 + 9 * rest(x);
    return {{x[0], g * (1 - x[0] / g * x[0] / g)}, 0};
}
Fitness zdt3(const Genome& x) {
    const double g = 1 + 9 * rest(x);
    return {{x[0], g * (1 - std::sqrt(x[0] / g) - x[0] / g * std::sin(10 * pi * x[0]))}, 0};
}
Fitness zdt4(const Genome& x) {
    double g = 1 + 10 * static_cast<double>(x.size() - 1);
    for (std::size_t i = 1; i < x.size(); ++i) g += x[i] * x[i] - 10 * std::cos(4 * pi * x[i]);
    return {{x[0], g * (1 - std::sqrt(x[0] / g))}, 0};
}
Fitness zdt6(const Genome& x) {
    const double f = 1 - std::exp(-4 * x[0]) * std::pow(std::sin(6 * pi * x[0]), 6);
    const double g = 1 + 9 * std::pow(rest(x), 0.25);
    return {{f, g * (1 - f / g * f / g)}, 0};
}

double sphere(const Genome& x) {
    double g = 0;
    for (std::size_t i = 2; i < x.size(); ++i) g += (x[i] - 0.5) * (x[i] - 0.5);
    return g;
}
Fitness dtlz2(const Genome& x) {
    const double r = 1 + sphere(x), a = x[0] * pi / 2, b = x[1] * pi / 2;
    return {{r * std::cos(a) * std::cos(b), r * std::cos(a) * std::sin(b), r * std::sin(a)}, 0};
}
Fitness dtlz7(const Genome& x) {
    double g = 0;
    for (std::size_t i = 2; i < x.size(); ++i) g += x[i];
    g = 1 + 9 * g / static_cast<double>(x.size() - 2);
    double h = 3;
    for (std::size_t i = 0; i < 2; ++i) h -= x[i] / (1 + g) * (1 + std::sin(3 * pi * x[i]));
    return {{x[0], x[1], (1 + g) * h}, 0};
}

/// C1: 1 - f3 / 0.6 - (f1 + f2) / 0.5 >= 0.
Fitness c1_dtlz1(const Genome& x) {
    double g = static_cast<double>(x.size() - 2);
    for (std::size_t i = 2; i < x.size(); ++i) g += (x[i] - 0.5) * (x[i] - 0.5) - std::cos(20 * pi * (x[i] - 0.5));
    const double r = 0.5 * (1 + 100 * g);
    Fitness fitness{{r * x[0] * x[1], r * x[0] * (1 - x[1]), r * (1 - x[0])}, 0};
    const auto& f = fitness.objectives;
    fitness.violation = std::max(0.0, -(1 - f[2] / 0.6 - (f[0] + f[1]) / 0.5));
    return fitness;
}

/// C2: inside a ball of radius 0.4 around a unit vector or around the middle of the front.
Fitness c2_dtlz2(const Genome& x) {
    auto fitness = dtlz2(x);
    const auto& f = fitness.objectives;
    constexpr double square = 0.4 * 0.4;
    double sum = 0, middle = 0;
    for (const double v : f) sum += v * v, middle += (v - 1 / std::sqrt(3.0)) * (v - 1 / std::sqrt(3.0));
    double nearest = middle - square;
    for (const double v : f) nearest = std::min(nearest, (v - 1) * (v - 1) + sum - v * v - square);
    fitness.violation = std::max(0.0, nearest);
    return fitness;
}

/// CTP1 with two constraints f2 >= a exp(-b f1): (0.858, 0.541) and (0.728, 0.295).
Fitness ctp1(const Genome& x) {
    const double g = 1 + x[1];
    Fitness fitness{{x[0], g * std::exp(-x[0] / g)}, 0};
    constexpr double a[]{0.858, 0.728}, b[]{0.541, 0.295};
    for (int j = 0; j < 2; ++j)
        fitness.violation += std::max(0.0, a[j] * std::exp(-b[j] * x[0]) - fitness.objectives[1]);
    return fitness;
}

/// The volume that f2 = bound(f1) for f1 in [0, 1] leaves below (1, 1): by Simpson's rule.
double volume_above(const std::function<double(double)>& bound) {
    constexpr int steps = 20000;
    double sum = 0;
    for (int i = 0; i <= steps; ++i)
        sum += (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2) * (1 - bound(static_cast<double>(i) / steps));
    return sum / steps / 3;
}

/// The sphere's octant where C2-DTLZ2 is feasible, by a fine grid of angles: every grid point is on the front, so the
/// volume is a lower bound; it is within 0.2 % at this spacing.
double c2_volume(const Point& reference) {
    constexpr int steps = 400;
    std::vector<Point> front;
    for (int i = 0; i <= steps; ++i)
        for (int j = 0; j <= steps; ++j) {
            Genome x(12, 0.5);
            x[0] = static_cast<double>(i) / steps;
            x[1] = static_cast<double>(j) / steps;
            if (auto fitness = c2_dtlz2(x); fitness.feasible()) front.push_back(std::move(fitness.objectives));
        }
    return codesign::hypervolume(front, reference);
}

}  // namespace

std::vector<Problem> unconstrained() {
    return {{"ZDT1", ranges(30), 2, zdt1, {1.1, 1.1}},       {"ZDT2", ranges(30), 2, zdt2, {1.1, 1.1}},
            {"ZDT3", ranges(30), 2, zdt3, {1.1, 1.1}},       {"ZDT4", ranges(10, -5, 5), 2, zdt4, {1.1, 1.1}},
            {"ZDT6", ranges(10), 2, zdt6, {1.1, 1.1}},       {"DTLZ2", ranges(12), 3, dtlz2, {1.1, 1.1, 1.1}},
            {"DTLZ7", ranges(22), 3, dtlz7, {1.1, 1.1, 6.6}}};
}

std::vector<Problem> constrained() {
    // C1-DTLZ1: the plane f1 + f2 + f3 = 0.5, all of it feasible; below (0.55)^3 lies all but the tetrahedron under it.
    const double c1 = 0.55 * 0.55 * 0.55 - 0.5 * 0.5 * 0.5 / 6;
    // CTP1: the lowest feasible f2 at each f1, where g = 1 as well as the two constraints bound it.
    const double ctp = volume_above([](double f) {
        return std::max({std::exp(-f), 0.858 * std::exp(-0.541 * f), 0.728 * std::exp(-0.295 * f)});
    });
    return {{"C1-DTLZ1", ranges(7), 3, c1_dtlz1, {0.55, 0.55, 0.55}, c1},
            {"C2-DTLZ2", ranges(12), 3, c2_dtlz2, {1.1, 1.1, 1.1}, c2_volume({1.1, 1.1, 1.1})},
            {"CTP1", ranges(2), 2, ctp1, {1, 1}, ctp}};
}

}  // namespace dyad::benchmark
