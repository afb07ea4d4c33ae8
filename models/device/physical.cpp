// SPDX-License-Identifier: Apache-2.0
#include "models/device/physical.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dyad::models {
namespace {

constexpr std::array<std::string_view, Physics::count> names{
    "launch", "sustained", "small", "depth", "bandwidth", "winograd", "throttle_after", "throttle", "overlap"};

constexpr std::array<Prior, Physics::count> known{{{40e-6, 1.2, 1e-8, 1},
                                                   {0.8, 0.5, 1e-4, 1.2},
                                                   {0.85, 0.3, 0.2, 1.2},
                                                   {10, 0.8, 0.01, 500},
                                                   {0.75, 0.4, 1e-3, 20},
                                                   {1, 0.35, 0.1, 4},
                                                   {5e-3, 1.5, 1e-6, 10},
                                                   {0.05, 1.2, 1e-4, 1},
                                                   {2.5, 0.5, 0.5, 12}}};

struct Tile {
    double x, y;
    std::size_t shrinkage;
};
constexpr Tile tiles[] = {{1, 1, 0}, {1, .5, 1}, {.5, 1, 1}, {.5, .5, 2}, {.5, .25, 3}, {.25, .5, 3}, {.25, .25, 4}};

/// Products of m x k by k x n on the units, in waves of output tiles.
struct Product {
    double groups, m, n, k, outputs;
};

double waves_seconds(const Platform& platform, const Physics& p, const Product& product, double rate) {
    const auto& v = p.value;
    const double peak = platform.peak.count() * rate * v[Physics::sustained];
    std::array<double, 5> speeds{peak / platform.units / 2};  // by shrinkage
    for (std::size_t i = 1; i < speeds.size(); ++i) speeds[i] = speeds[i - 1] * v[Physics::small];
    double best = std::numeric_limits<double>::infinity();
    for (const auto& tile : tiles) {
        const double x = tile.x * platform.tile(), y = tile.y * platform.tile();
        const double speed = speeds[tile.shrinkage];
        const double count = product.groups * std::ceil(product.m / x) * std::ceil(product.n / y);
        for (const double split : {1., 4., 16.}) {
            const double partial = split == 1 ? 0
                                              : 2 * product.outputs * split * platform.bytes_per_element /
                                                    (platform.bandwidth.count() * v[Physics::bandwidth]);
            const double waves = std::ceil(count * split / platform.units);
            best = std::min(best, waves * x * y * (std::ceil(product.k / split) + v[Physics::depth]) / speed + partial);
        }
    }
    return best;
}

/// Linear layers read both operands along k: the rows of the tiles that a multiprocessor works on (two of 128 x 128
/// where there are enough) lie 4 k bytes apart each. Before Volta, once they span more than the 32 MiB that its first
/// translation buffer reaches (Jia et al. 2018, table 3.1), every slab of k misses it.
double translation(const Platform& platform, const Work& w) {
    constexpr double reach = 32 * 1024 * 1024, miss = 1.5;  // of the time: Tesla P100 1.3 to 1.6, P4 2
    if (!platform.before_volta() || w.kind != WorkClass::linear) return 1;
    const double side = platform.tile();
    const double blocks = std::clamp(std::ceil(w.m / side) * std::ceil(w.n / side) / platform.units, 1., 2.);
    const double span = blocks * (std::min(w.m, side) + std::min(w.n, side)) * w.k * platform.bytes_per_element;
    const double over = std::pow(span / reach, 4);
    return 1 + miss * over / (1 + over);
}

double compute_seconds(const Platform& platform, const Physics& p, const Work& w) {
    if (!multiplies(w.kind)) return 0;
    if (w.kind == WorkClass::depthwise)  // no product to tile: as many lanes as the rate says
        return 2 * w.macs() / (platform.peak.count() * p.value[Physics::sustained]);
    double best = waves_seconds(platform, p, {w.groups, w.m, w.n, w.k, w.outputs}, 1);
    if (w.kind == WorkClass::conv && w.side == 3 && w.stride == 1) {
        const double across = std::ceil(w.out_side / 4), blocks = w.m / (w.out_side * w.out_side) * across * across;
        best = std::min(best, waves_seconds(platform, p, {36 * w.groups, blocks, w.n, w.channels, w.outputs},
                                            p.value[Physics::winograd]));
    }
    if (platform.power_limits && w.kind != WorkClass::conv)  // zeros that fill tiles take little
        best = std::max(best, 2 * w.macs() / platform.attainable()) * translation(platform, w);
    return best * std::pow(1 + best / p.value[Physics::throttle_after], p.value[Physics::throttle]);
}

/// (a^e + b^e)^(1/e), safe for a = b = 0.
double norm(double a, double b, double e) {
    const double most = std::max(a, b);
    return most > 0 ? most * std::pow(1 + std::pow(std::min(a, b) / most, e), 1 / e) : 0;
}

}  // namespace

std::string_view parameter_name(std::size_t parameter) { return names[parameter]; }
const std::array<Prior, Physics::count>& priors() { return known; }

Physics typical_physics() {
    Physics physics;
    for (std::size_t i = 0; i < Physics::count; ++i) physics.value[i] = known[i].middle;
    return physics;
}

double physical_seconds(const Platform& platform, const Physics& p, const Work& w) {
    const double bytes = platform.bytes_per_element * (w.inputs * (1 + 0.25 * (w.passes - 1)) + w.weights + w.outputs);
    const double memory = bytes / (platform.bandwidth.count() * p.value[Physics::bandwidth]);
    return norm(p.value[Physics::launch], norm(compute_seconds(platform, p, w), memory, 3), p.value[Physics::overlap]);
}

double roofline_seconds(const Platform& platform, const Work& w) {
    return std::max(2 * w.macs() / platform.peak.count(),
                    w.elements() * platform.bytes_per_element / platform.bandwidth.count());
}

double physical_seconds(const Platform& platform, const PhysicsByClass& classes, const WorkList& works) {
    double sum = 0;
    for (const auto& [work, count] : works) sum += count * physical_seconds(platform, classes.at(work.kind), work);
    return sum;
}

}  // namespace dyad::models
