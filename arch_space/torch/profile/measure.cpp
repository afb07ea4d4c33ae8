// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/profile/measure.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <memory>

#include "arch_space/network.hpp"
#include "arch_space/torch/batch.hpp"
#include "arch_space/torch/model.hpp"
#include "core/document.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::torch {
namespace {

class RowShape {
public:
    RowShape(const core::CsvTable& table, const core::CsvTable::Row& row) : table_(table), row_(row) {}
    [[nodiscard]] std::string text(const std::string& column) const {
        const auto found = std::ranges::find(table_.header, column);
        return found == table_.header.end() ? "" : row_.cells[static_cast<std::size_t>(found - table_.header.begin())];
    }
    [[nodiscard]] std::int64_t count(const std::string& column, std::int64_t fallback = 0) const {
        const auto cell = text(column);
        if (cell.empty() && fallback > 0) return fallback;
        std::int64_t value = 0;
        const auto [end, code] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
        constexpr std::int64_t most = 1 << 24;
        if (code != std::errc() || end != cell.data() + cell.size() || value < 1 || value > most)
            throw core::Error(fmt::format("{}:{}: {}: expected a whole number from 1 to {}, got '{}'", table_.file,
                                          row_.line, column, most, core::shortened(cell)));
        return value;
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw core::Error(fmt::format("{}:{}: {}", table_.file, row_.line, what));
    }

private:
    const core::CsvTable& table_;
    const core::CsvTable::Row& row_;
};

Run convolution(const RowShape& s) {
    const auto in = s.count("in"), out = s.count("out"), kernel = s.count("kernel"), size = s.count("size"),
               groups = s.count("groups", s.text("op") == "depthwise" ? in : 1);
    if (in % groups != 0 || out % groups != 0) s.fail("groups must divide the channels");
    const auto x = at::randn({s.count("batch", 1), in, size, size}), w = at::randn({out, in / groups, kernel, kernel});
    const auto stride = s.count("stride", 1);
    return [=] { (void)at::conv2d(x, w, {}, stride, kernel / 2, 1, groups); };
}

Run product(const RowShape& s) {
    const auto batch = s.count("batch", 1), m = s.count("m", 1), in = s.count("in"), out = s.count("out");
    if (s.text("op") == "linear") {
        const auto x = at::randn({batch * m, in}), w = at::randn({out, in}), b = at::randn({out});
        return [=] { (void)at::linear(x, w, b); };
    }
    const auto a = at::randn({batch, m, in}), b = at::randn({batch, in, out});
    return [=] { (void)at::bmm(a, b); };
}

Run vector(const RowShape& s) {
    const auto op = s.text("op");
    const auto rows = s.count("m", 1) * s.count("batch", 1), width = s.count("in");
    const auto x = at::randn({rows, width});
    if (op == "softmax") return [=] { (void)at::softmax(x, 1); };
    if (op == "normalisation") return [=] { (void)at::layer_norm(x, {width}); };
    if (op == "elementwise") {
        if (s.count("operands", 1) == 1) return [=] { (void)at::relu(x); };
        const auto y = at::randn({rows, width});
        return [=] { (void)at::add(x, y); };
    }
    auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(width)));
    if (side * side != width) s.fail("the elements of a pool row must make a square image");
    const auto image = x.view({1, rows, side, side});
    const auto stride = s.count("stride", 1);
    return [=] { (void)at::avg_pool2d(image, 3, stride, 1); };
}

/// A whole network, batch normalisation by its running statistics.
Run network(const RowShape& s) {
    const auto network = std::make_shared<const Network>(
        read_network(*core::read_document(core::find_config(s.text("network"), "networks"))));
    const auto model = std::make_shared<Model>(*network, 1);
    model->lay_out();
    const auto inputs = noise(*network, s.count("batch", 1), 1).inputs;
    return [network, model, inputs] { (void)model->forward(inputs, {.norm = Norm::running, .laid_out = true}); };
}

double now(Clock clock) {
    timespec t{};
    clock_gettime(clock == Clock::wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

Run prepare(const core::CsvTable& table, const core::CsvTable::Row& row) {
    const RowShape s(table, row);
    const auto op = s.text("op");
    if (op == "conv" || op == "depthwise") return convolution(s);
    if (op == "linear" || op == "matmul") return product(s);
    if (op == "elementwise" || op == "softmax" || op == "normalisation" || op == "pool") return vector(s);
    if (op == "network") return network(s);
    s.fail(fmt::format("op: unknown kernel '{}'", core::shortened(op)));
}

Timing measure(const Run& run, std::size_t repetitions, Clock clock) {
    const double start = now(clock);
    std::size_t warm = 0;
    while (warm < 3 || now(clock) - start < 5e-3) run(), ++warm;
    const double once = (now(clock) - start) / static_cast<double>(warm);
    const auto calls = static_cast<std::size_t>(std::clamp(200e-6 / once, 1., 1000.));
    std::vector<double> times;
    for (std::size_t i = 0; i < repetitions; ++i) {
        const double begin = now(clock);
        for (std::size_t c = 0; c < calls; ++c) run();
        times.push_back((now(clock) - begin) / static_cast<double>(calls));
    }
    std::ranges::sort(times);
    return {.least = times.front(),
            .median = times[times.size() / 2],
            .spread = times[times.size() * 3 / 4] - times[times.size() / 4],
            .calls = calls * repetitions};
}

}  // namespace dyad::arch_space::torch
