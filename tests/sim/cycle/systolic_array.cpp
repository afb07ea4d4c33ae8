// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/systolic_array.hpp"

#include <doctest/doctest.h>

#include <Eigen/Core>
#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

#include "core/files.hpp"
#include "core/random.hpp"
#include "models/systolic.hpp"
#include "sim/cycle/bench.hpp"
#include "sim/cycle/reference.hpp"
#include "sim/cycle/tiles.hpp"
#include "sim/cycle/waveform.hpp"
#include "sim/session.hpp"
#include "tests/scratch.hpp"

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

    TEST_CASE("products follow each other without a gap unless they stand apart") {
        // Weight stationary, 2 x 3: 2 cycles of load, streams of 4 each, and 2 + 3 - 2 until the last result is out.
        const auto first = random_product(4, 2, 3), second = random_product(4, 2, 3);
        second->apart = false;
        CHECK(cycles({2, 3, ArrayDataflow::weight_stationary, Pipeline::overlapped}, {first, second}) == 2 + 4 + 4 + 3);
        const auto third = random_product(4, 2, 3), fourth = random_product(4, 2, 3);
        CHECK(cycles({2, 3, ArrayDataflow::weight_stationary, Pipeline::overlapped}, {third, fourth}) ==
              2 * (2 + 4 + 3));
        CHECK(second->outputs == by_eigen(*second));
    }

    TEST_CASE("int16 operands take four passes of int8 multipliers and stay exact") {
        for (const auto dataflow : dataflows) {
            const auto product = random_product(6, 5, 7, 16);
            product->input_slices = product->weight_slices = 2;
            const auto took = cycles({3, 4, dataflow, Pipeline::simple}, {product});
            CHECK(product->outputs == by_eigen(*product));
            CHECK(took == 4 * models::systolic({6, 7, 5}, 3, 4, dataflow, Pipeline::simple).cycles.count());
        }
    }

    TEST_CASE(
        "a convolution's tile gives what the definition of a convolution says, on an array and channel by channel") {
        // 2 channels, 3 filters of 3 x 2, strides 2 and 1, outputs 4 x 3: inputs 2 x 9 x 4.
        const auto nest =
            models::conv_nest({.k = 3, .c = 2, .p = 4, .q = 3, .r = 3, .s = 2, .stride_h = 2, .stride_w = 1});
        const auto product = products_of(nest, {1, 1, 3, 2, 4, 3, 3, 2}, {}, {}).at(0);
        REQUIRE(product->inputs.size() == 2 * 9 * 4);
        (void)cycles({4, 2, ArrayDataflow::weight_stationary, Pipeline::overlapped}, {product});
        for (std::size_t k = 0; k < 3; ++k)
            for (std::size_t p = 0; p < 4; ++p)
                for (std::size_t q = 0; q < 3; ++q) {
                    int sum = 0;
                    for (std::size_t c = 0; c < 2; ++c)
                        for (std::size_t r = 0; r < 3; ++r)
                            for (std::size_t s = 0; s < 2; ++s)
                                sum += product->inputs[(c * 9 + 2 * p + r) * 4 + q + s] *
                                       product->weights[((k * 2 + c) * 3 + r) * 2 + s];
                    CHECK(static_cast<int>(product->outputs[(p * 3 + q) * 3 + k]) == sum);
                }
        CHECK_NOTHROW(check_outputs(*product, "k"));
        product->outputs[5] += 1;
        CHECK_THROWS_AS(check_outputs(*product, "k"), std::logic_error);
    }

    TEST_CASE("a depthwise unit takes a cycle for each output of each block of channels") {
        std::size_t proved = 0;
        for (const std::size_t channels : {1, 3, 4, 5})
            for (const std::size_t side : {1, 3, 5})
                for (const std::size_t stride : {1, 2, 3})
                    for (const std::size_t pixels : {1, 4}) {
                        const auto nest = models::conv_nest({.g = channels,
                                                             .p = pixels,
                                                             .q = 3,
                                                             .r = side,
                                                             .s = side,
                                                             .stride_h = stride,
                                                             .stride_w = stride});
                        auto tile = products_of(nest, {1, channels, 1, 1, pixels, 3, side, side}, {}, {});
                        REQUIRE(tile.size() == channels);
                        const Session session;
                        Bench bench("bench", 1000);
                        bool given = false;
                        const auto& feeder = bench.add_depthwise(
                            "unit", 4, [&] { return std::exchange(given, true) ? Channels{} : tile; }, {});
                        bench.run();
                        for (const auto& channel : tile) REQUIRE(channel->outputs == reference(*channel));
                        REQUIRE(feeder.cycles() == (channels + 3) / 4 * pixels * 3);
                        ++proved;
                    }
        CHECK(proved == 72);
    }

    TEST_CASE("a waveform shows the clock and the words at the edges") {
        // 1 x 1, weight 3, input 5: the load is driven at 0 and taken at 1000 ps; the input at 2000 ps, when 15 leaves.
        const auto product = random_product(1, 1, 1);
        product->weights = {3};
        product->inputs = {5};
        const dyad::test::Scratch folder;
        const auto file = folder / "wave.vcd";
        {
            const Session session;
            Bench bench("bench", 1000);
            bool given = false;
            const ArrayShape shape{1, 1, ArrayDataflow::weight_stationary, Pipeline::overlapped};
            (void)bench.add_array("array", shape, [&] { return std::exchange(given, true) ? nullptr : product; }, {});
            const Waveform waveform("waveform", file, bench, 100);
            bench.run();
        }
        std::istringstream text(core::read_file(file));
        std::map<std::string, std::string> names;  // by identifier
        std::string word, id, name, time, clock;
        std::vector<std::string> results;
        for (std::string line; std::getline(text, line);) {
            std::istringstream in(line);
            if (!(in >> word)) continue;
            if (word == "$var") {
                in >> word >> word >> id >> name;
                names[id] = name;
            } else if (word.starts_with('#')) {
                time = word;
            } else if (word.starts_with('b') && in >> id && names.contains(id) && names.at(id) == "out_0") {
                results.push_back(time + " " + word.substr(std::min(word.find('1'), word.size())));
            } else if (word.size() > 1 && names.contains(word.substr(1)) && names.at(word.substr(1)) == "clk") {
                clock += word[0];
            }
        }
        CHECK(names.size() == 8);  // clk, fold, and value and valid at the three edges
        CHECK(clock.find("1010") != std::string::npos);
        REQUIRE(!results.empty());
        CHECK(std::ranges::find(results, "#2000 1111") != results.end());
    }
}
