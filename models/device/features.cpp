// SPDX-License-Identifier: Apache-2.0
#include "models/device/features.hpp"

#include <algorithm>
#include <cmath>

namespace dyad::models {
namespace {

class Features {
public:
    explicit Features(const Platform& platform) : platform_(platform) {}

    void add(double value) { list_.push_back(static_cast<float>(value)); }
    void log(double value) { add(std::log(std::max(value, 1e-12))); }
    /// Padded to a multiple, over what it was.
    void padded(double value, double multiple) { add(std::ceil(value / multiple) * multiple / value); }
    /// Tiles of x by y: waves over the units, and how full the last wave and the tiles are.
    void tiles(double groups, double m, double n, double x, double y) {
        const double count = groups * std::ceil(m / x) * std::ceil(n / y), waves = count / platform_.units;
        log(waves);
        add(std::ceil(waves) / waves);
        add(groups * m * n / (count * x * y));
    }
    /// Direct and Winograd blocks over filters, images, rows and columns.
    void blocks(const Work& w, double filters, double images, double rows, double columns) {
        const double count = std::ceil(w.n / filters) * std::ceil(w.batch / images) * std::ceil(w.out_side / rows) *
                             std::ceil(w.out_side / columns);
        log(count / platform_.units);
        log(std::ceil(count / platform_.units) * platform_.units * filters * images * rows * columns / (w.n * w.m));
    }
    void per_unit(double value) { log(value / platform_.units); }
    [[nodiscard]] std::vector<float> take() { return std::move(list_); }

private:
    const Platform& platform_;
    std::vector<float> list_;
};

void add_window(Features& f, const Work& w) {
    for (const double q : {2., 4., 8., 16., 32.}) f.padded(w.batch, q);
    for (const double q : {2., 4., 6., 7., 8., 14., 16., 28., 32.}) f.padded(w.out_side, q);
    for (const double q : {32., 64., 128., 256.}) f.padded(w.n, q);
    for (const double q : {4., 8., 16., 32., 64., 128.}) f.padded(w.channels, q);
    constexpr double shapes[][4] = {{32, 8, 4, 4},  {32, 1, 8, 16},  {64, 1, 8, 8},  {128, 1, 4, 8}, {64, 8, 4, 2},
                                    {32, 32, 2, 2}, {128, 32, 1, 2}, {64, 32, 1, 1}, {32, 2, 8, 8}};
    for (const auto& s : shapes) f.blocks(w, s[0], s[1], s[2], s[3]);
    const double fast = std::exp2(std::ceil(std::log2(w.out_side + 2))), quads = std::ceil(w.out_side / 4);
    f.add(fast * fast / (w.out_side * w.out_side));
    f.log((w.batch * w.channels + w.batch * w.n + w.channels * w.n) * fast * fast);
    for (const double q : {128., 64., 32.}) f.tiles(w.groups, w.batch * quads * quads, w.n, q, q);
    for (const double q : {16., 96., 192.}) f.padded(w.n, q);
    f.padded(w.out_side, 3);
    f.add(std::fmod(w.batch, 8));
    f.add(std::fmod(w.out_side, 8));
    f.per_unit(w.outputs);
    f.per_unit(w.batch * quads * quads * w.n);
    f.log(w.batch);
    f.log(w.out_side);
    f.log(w.channels);
    f.log(w.channels / w.n);
    f.add(w.side);
    f.add(w.stride);
}

}  // namespace

std::vector<float> kernel_features(const Platform& platform, const Work& w, double physical) {
    Features f(platform);
    const double bytes = w.elements() * platform.bytes_per_element;
    f.log(physical / roofline_seconds(platform, w));
    f.log(physical);
    f.log(bytes / platform.bandwidth.count());
    f.log(bytes / std::max(1., static_cast<double>(platform.cache.count())));
    for (const double size : {w.inputs, w.weights, w.outputs, w.rows}) f.log(size);
    if (!multiplies(w.kind)) {
        const double width = w.outputs / w.rows;
        f.add(w.passes);
        f.log(w.inputs / w.outputs);
        f.log(width);
        for (const double q : {4., 32., 1024.}) f.padded(width, q);
        f.padded(w.rows, platform.units);
        return f.take();
    }
    f.log(2 * w.macs() / platform.peak.count());
    f.log(w.macs() / w.elements());
    for (const double size : {w.groups, w.m, w.n, w.k, w.n / w.m}) f.log(size);
    constexpr double sides[][2] = {{128, 128}, {128, 64}, {64, 128}, {64, 64}, {32, 128}, {128, 32}, {32, 32}};
    for (const auto& s : sides) f.tiles(w.groups, w.m, w.n, s[0], s[1]);
    for (const double q : {2., 4., 8., 32.})
        for (const double size : {w.m, w.n, w.k}) f.add(std::fmod(size, q));
    if (w.kind == WorkClass::conv || w.kind == WorkClass::depthwise) add_window(f, w);
    return f.take();
}

std::vector<float> network_features(const Platform& platform, const WorkList& works, double seconds) {
    Features f(platform);
    std::array<double, work_classes.size()> counts{};
    std::array<double, 4> conv_sides{}, depthwise_sides{};  // 1, 3, 5, 7 and more
    double kernels = 0, macs = 0, elements = 0, roofline = 0;
    for (const auto& [work, count] : works) {
        counts[static_cast<std::size_t>(work.kind)] += count;
        const auto side = static_cast<std::size_t>(std::clamp((work.side - 1) / 2, 0., 3.));
        if (work.kind == WorkClass::conv) conv_sides[side] += count;
        if (work.kind == WorkClass::depthwise) depthwise_sides[side] += count;
        kernels += count;
        macs += count * work.macs();
        elements += count * work.elements();
        roofline += count * roofline_seconds(platform, work);
    }
    for (const auto value : {seconds, macs, elements, seconds / roofline, kernels}) f.log(value);
    for (const auto count : counts) f.add(count);
    for (const auto count : conv_sides) f.add(count);
    for (const auto count : depthwise_sides) f.add(count);
    for (const auto value : {works.graph.chain, works.graph.joins, works.graph.forks}) f.add(value);
    f.add(works.graph.chain / std::max(kernels, 1.));
    return f.take();
}

std::array<double, place_size> kernel_place(const Work& w) {
    const auto log = [](double v) { return std::log2(std::max(v, 1.)); };
    return {20. * static_cast<double>(w.kind),
            log(w.m) / 2,
            log(w.n) / 2,
            log(w.k) / 2,
            log(w.inputs) / 2,
            w.side,
            2 * w.stride,
            log(w.groups) / 2};
}

}  // namespace dyad::models
