// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/systolic_array.hpp"

#include <doctest/doctest.h>

#include <Eigen/Core>
#include <chrono>

#include "core/random.hpp"
#include "models/systolic.hpp"
#include "sim/cycle/bench.hpp"
#include "sim/session.hpp"

using namespace dyad;
using namespace dyad::sim;
using hw_space::ArrayDataflow;
using hw_space::Pipeline;

namespace {

constexpr std::array dataflows{ArrayDataflow::weight_stationary, ArrayDataflow::output_stationary,
                               ArrayDataflow::input_stationary};

/// Random words of so many bits, both matrices stored row by row.
std::shared_ptr<Product> random_product(std::size_t pixels, std::size_t window, std::size_t filters, int bits = 8) {
    auto product = std::make_shared<Product>();
    core::Stream random(1, "test", pixels * 1000 + window, filters);
    const auto words = [&](std::size_t count) {
        std::vector<std::int16_t> result(count);
        for (auto& word : result)
            word = static_cast<std::int16_t>(static_cast<int>(random.below(1U << bits)) - (1 << (bits - 1)));
        return result;
    };
    const auto offsets = [](std::size_t count, std::size_t stride) {
        std::vector<std::uint32_t> result(count);
        for (std::size_t i = 0; i < count; ++i) result[i] = static_cast<std::uint32_t>(i * stride);
        return result;
    };
    product->inputs = words(pixels * window);
    product->weights = words(window * filters);
    product->input_of_pixel = offsets(pixels, window);
    product->input_of_window = offsets(window, 1);
    product->weight_of_window = offsets(window, filters);
    product->weight_of_filter = offsets(filters, 1);
    product->outputs.resize(pixels * filters);
    return product;
}

/// Eigen on the plain matrices.
std::vector<std::uint32_t> by_eigen(const Product& p) {
    using Words = Eigen::Matrix<std::int16_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using Sums = Eigen::Matrix<std::uint32_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto index = [](std::size_t n) { return static_cast<Eigen::Index>(n); };
    const Eigen::Map<const Words> a(p.inputs.data(), index(p.pixels()), index(p.window()));
    const Eigen::Map<const Words> b(p.weights.data(), index(p.window()), index(p.filters()));
    const Sums c = a.cast<std::uint32_t>() * b.cast<std::uint32_t>();
    return {c.data(), c.data() + c.size()};
}

/// Runs products one after another; the cycles of them all.
std::uint64_t cycles(const ArrayShape& shape, std::vector<std::shared_ptr<Product>> products) {
    const Session session;
    Bench bench("bench", 1000);
    std::size_t next = 0;
    const auto& sequencer =
        bench.add_array("array", shape, [&] { return next < products.size() ? products[next++] : nullptr; }, {});
    run_to_end();
    return sequencer.cycles();
}

struct Shape {
    std::size_t pixels, window, filters;
};

/// Around an array of rows x cols: one, one less, as many, one more, two blocks and a short last one.
std::vector<std::size_t> edges(std::size_t side) { return {1, side - 1, side, side + 1, 2 * side + 3}; }

std::vector<Shape> edge_shapes(std::size_t rows, std::size_t cols) {
    std::vector<Shape> shapes;
    for (const auto pixels : edges(cols + 1))
        for (const auto window : edges(rows))
            for (const auto filters : edges(cols)) shapes.push_back({pixels, window, filters});
    return shapes;
}

}  // namespace

TEST_SUITE("sim/systolic_array") {
    TEST_CASE("outputs equal Eigen's and cycles the closed form on 750 shapes at the edges of the array") {
        std::size_t proved = 0;
        for (const auto dataflow : dataflows) {
            for (const auto pipeline : {Pipeline::simple, Pipeline::overlapped}) {
                for (const auto& s : edge_shapes(5, 4)) {
                    INFO("dataflow " << static_cast<int>(dataflow) << " pipeline " << static_cast<int>(pipeline) << ", "
                                     << s.pixels << " x " << s.window << " x " << s.filters);
                    const auto product = random_product(s.pixels, s.window, s.filters);
                    const auto took = cycles({5, 4, dataflow, pipeline}, {product});
                    REQUIRE(product->outputs == by_eigen(*product));
                    REQUIRE(took ==
                            models::systolic({s.pixels, s.filters, s.window}, 5, 4, dataflow, pipeline).cycles.count());
                    ++proved;
                }
            }
        }
        CHECK(proved == 750);
    }

    TEST_CASE("timing") {
        for (const auto dataflow : dataflows) {
            const auto product = random_product(256, 256, 256);
            const auto t0 = std::chrono::steady_clock::now();
            const auto took = cycles({16, 16, dataflow, Pipeline::overlapped}, {product});
            const auto t1 = std::chrono::steady_clock::now();
            CHECK(product->outputs == by_eigen(*product));
            const auto t2 = std::chrono::steady_clock::now();
            MESSAGE(took << " " << std::chrono::duration<double>(t1 - t0).count() << " eigen "
                         << std::chrono::duration<double>(t2 - t1).count());
        }
    }
}
