// SPDX-License-Identifier: Apache-2.0
#include "models/kernel.hpp"

#include <doctest/doctest.h>

#include "models/tile_program.hpp"

using namespace dyad::models;
using dyad::core::Words;

TEST_SUITE("models/kernel") {
    TEST_CASE("a convolution's nest has the multiply-accumulates and elements of the hand count") {
        // 2 images, 8 filters of 3x5 on 4 channels, 6x7 outputs, stride 2 down and 1 across.
        const auto nest = conv_nest({.n = 2, .k = 8, .c = 4, .p = 6, .q = 7, .r = 3, .s = 5, .stride_h = 2});
        CHECK(nest.macs() == 2u * 8 * 4 * 6 * 7 * 3 * 5);
        CHECK(nest.words(Operand::weights) == Words(8 * 4 * 3 * 5));
        CHECK(nest.words(Operand::inputs) == Words(2 * 4 * (5 * 2 + 3) * (6 + 5)));  // (P-1)*stride + R by Q-1 + S
        CHECK(nest.words(Operand::outputs) == Words(2 * 8 * 6 * 7));
    }
    TEST_CASE("dilation widens the window without more work") {
        const auto nest = conv_nest({.p = 4, .q = 1, .r = 3, .dilation_h = 2});
        CHECK(nest.macs() == 12);
        CHECK(nest.words(Operand::inputs) == Words(3 + 2 * 2 + 1));
    }
    TEST_CASE("groups of a depthwise convolution multiply every operand") {
        const auto nest = conv_nest({.g = 32, .p = 4, .q = 4, .r = 3, .s = 3});
        CHECK(nest.macs() == 32u * 16 * 9);
        CHECK(nest.words(Operand::weights) == Words(32 * 9));
        CHECK(nest.words(Operand::inputs) == Words(32 * 36));
        CHECK(nest.words(Operand::outputs) == Words(32 * 16));
    }
    TEST_CASE("a matrix product is a convolution of one pixel") {
        const auto nest = matmul_nest(12, 197, 64, 50);
        CHECK(nest.macs() == 12u * 197 * 64 * 50);
        CHECK(nest.words(Operand::weights) == Words(12 * 64 * 50));
        CHECK(nest.words(Operand::inputs) == Words(12 * 197 * 50));
        CHECK(nest.words(Operand::outputs) == Words(12 * 197 * 64));
    }
    TEST_CASE("a dimension is found by its name") {
        const auto nest = conv_nest({});
        CHECK(nest.dims[nest.dim("C").value()].name == "C");
        CHECK_FALSE(nest.dim("X").has_value());
    }
    TEST_CASE("vector work is the sum over its operations") {
        VectorWork work;
        work.operations = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        CHECK(work.total() == 45);
    }
    TEST_CASE("a tile program's totals count runs times repeats") {
        const Tile first{
            .load_bytes = {4, 8, 0}, .store_bytes = 2, .compute_cycles = 10, .buffer_read_bytes = {3, 1, 0}};
        const Tile last{.load_bytes = {0, 8, 1}, .store_bytes = 5, .compute_cycles = 7, .buffer_write_bytes = 6};
        const auto sum = totals({{.repeat = 3, .runs = {{2, first}, {1, last}}}, {.runs = {{1, last}}}});
        CHECK(sum.tiles == 3 * 3 + 1);
        CHECK(sum.load_bytes == std::array<std::uint64_t, 3>{3 * 2 * 4, 3 * (2 * 8 + 8) + 8, 3 * 1 + 1});
        CHECK(sum.store_bytes == 3 * (2 * 2 + 5) + 5);
        CHECK(sum.compute_cycles == 3 * (2 * 10 + 7) + 7);
        CHECK(sum.buffer_read_bytes == std::array<std::uint64_t, 3>{3 * 2 * 3, 3 * 2 * 1, 0});
        CHECK(sum.buffer_write_bytes == 3 * 6 + 6);
    }
}
