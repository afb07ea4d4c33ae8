// SPDX-License-Identifier: Apache-2.0
#include "models/systolic.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/row_stationary.hpp"

using namespace dyad::models;
using dyad::core::Cycles;
using dyad::hw_space::ArrayDataflow;
using dyad::hw_space::Pipeline;

namespace {

constexpr auto os = ArrayDataflow::output_stationary, ws = ArrayDataflow::weight_stationary,
               is = ArrayDataflow::input_stationary;

struct Line {
    std::uint64_t rows, cols;
    ArrayDataflow dataflow;
    SystolicWork work;
    std::uint64_t cycles, inputs, weights, outputs;
    double efficiency;
};

void check(const Line& x) {
    const auto cost = systolic(x.work, x.rows, x.cols, x.dataflow, Pipeline::simple);
    INFO(x.rows, " x ", x.cols, " dataflow ", static_cast<int>(x.dataflow), ": ", x.work.pixels, " ", x.work.filters,
         " ", x.work.window);
    CHECK(cost.cycles == Cycles(x.cycles));
    CHECK(cost.input_reads == x.inputs);
    CHECK(cost.weight_reads == x.weights);
    if (x.dataflow != os) CHECK(cost.output_writes == x.outputs);
    CHECK(std::abs(100 * cost.mapping_efficiency - x.efficiency) < 5.001e-7);  // the reference prints six decimals
}

/// AlexNet as Eyeriss ran it: 12 x 14 elements, spads of 224 weights, 12 inputs and 24 partial sums; two groups in
/// layers 2, 4 and 5.
RowStationaryFold eyeriss(const RowStationaryWork& work) {
    return row_stationary_folds(work, 12, 14, {.weights = 224, .inputs = 12, .psums = 24}).at(0);
}

}  // namespace

TEST_SUITE("models/systolic") {
    TEST_CASE("one fold takes the skew, the stream and, for a stationary operand, the load") {
        // 4 x 3 array, 4 pixels, 3 filters, window 5, outputs stationary: the corner starts after 3 + 2 cycles.
        CHECK(systolic({4, 3, 5}, 4, 3, os, Pipeline::simple).cycles == Cycles(5 + 4 + 3 - 2));
        // Weights stationary: window 4 on the rows, loaded in 4 cycles, then 5 pixels and the skew.
        CHECK(systolic({5, 3, 4}, 4, 3, ws, Pipeline::simple).cycles == Cycles(4 + 5 + 4 + 3 - 2));
        CHECK(systolic({3, 5, 4}, 4, 3, is, Pipeline::simple).cycles == Cycles(4 + 5 + 4 + 3 - 2));
    }
    TEST_CASE("one pixel, filter or window element too many costs a whole fold") {
        const auto one = systolic({4, 3, 5}, 4, 3, os, Pipeline::simple);
        CHECK(one.folds == 1);
        CHECK(systolic({5, 3, 5}, 4, 3, os, Pipeline::simple).cycles == 2 * one.cycles);
        CHECK(systolic({4, 4, 5}, 4, 3, os, Pipeline::simple).cycles == 2 * one.cycles);
        CHECK(systolic({5, 4, 5}, 4, 3, os, Pipeline::simple).cycles == 4 * one.cycles);
        CHECK(systolic({4, 3, 6}, 4, 3, os, Pipeline::simple).cycles == one.cycles + Cycles(1));
    }
    TEST_CASE("an overlapped pipeline pays load and skew once") {
        // 3 folds of 10 pixels on 4 x 4: load 4, then 10 a fold, then the skew 6.
        CHECK(systolic({10, 4, 12}, 4, 4, ws, Pipeline::overlapped).cycles == Cycles(4 + 3 * 10 + 6));
        // Fewer pixels than rows: the next weights take 4 cycles to load, so a fold takes 4.
        CHECK(systolic({2, 4, 12}, 4, 4, ws, Pipeline::overlapped).cycles == Cycles(4 + 2 * 4 + 2 + 6));
        CHECK(systolic({4, 10, 12}, 4, 4, is, Pipeline::overlapped).cycles == Cycles(4 + 3 * 10 + 6));
        CHECK(systolic({12, 4, 9}, 4, 4, os, Pipeline::overlapped).cycles == Cycles(2 * 9 + 9 + 6));
        CHECK(systolic({12, 4, 3}, 4, 4, os, Pipeline::overlapped).cycles == Cycles(2 * 4 + 3 + 6));
    }
    TEST_CASE("overlapped equals simple for one fold and is never slower") {
        for (const auto dataflow : {os, ws, is})
            for (std::uint64_t n = 1; n < 20; ++n) {
                const SystolicWork work{n, 21 - n, 3 * n};
                const auto simple = systolic(work, 8, 4, dataflow, Pipeline::simple);
                const auto overlapped = systolic(work, 8, 4, dataflow, Pipeline::overlapped);
                CHECK(overlapped.cycles <= simple.cycles);
                if (simple.folds == 1) CHECK(overlapped.cycles == simple.cycles);
                CHECK(overlapped.input_reads == simple.input_reads);
            }
    }
    TEST_CASE("cycles, efficiency and SRAM counts equal SCALE-Sim v3's") {
        check({16, 16, is, {841, 128, 64}, 36888, 53824, 434176, 430592, 99.174528});
        check({16, 16, is, {1, 1000, 512}, 33472, 512, 512000, 32000, 6.25});
        check({128, 128, ws, {128, 64, 128}, 510, 16384, 8192, 8192, 50.0});
        check({128, 128, os, {128, 2048, 2048}, 36832, 4194304, 4194304, 266240, 100.0});
        check({128, 128, is, {128, 2048, 2048}, 38880, 262144, 4194304, 4194304, 100.0});
        check({32, 32, os, {128, 64, 128}, 1520, 32768, 32768, 8704, 100.0});
        check({32, 32, is, {128, 64, 128}, 2528, 16384, 32768, 32768, 100.0});
        check({16, 16, ws, {128, 512, 2048}, 712704, 8388608, 1048576, 8388608, 100.0});
        check({16, 16, os, {128, 512, 512}, 138752, 2097152, 2097152, 73728, 100.0});
        check({32, 32, ws, {49, 1024, 1024}, 146432, 1605632, 1048576, 1605632, 100.0});
        check({12, 14, ws, {129, 257, 65}, 18810, 159315, 16705, 198918, 87.223266});
        check({12, 14, os, {129, 257, 65}, 18601, 159315, 183755, 38587, 94.420711});
        check({12, 14, is, {64, 256, 256}, 32120, 16384, 327680, 360448, 88.658009});
        check({8, 32, ws, {64, 256, 256}, 28160, 131072, 65536, 524288, 100.0});
    }
    TEST_CASE("all reference rows are equal, where the reference is at hand") {
        const auto file =
            std::filesystem::path(DYAD_SOURCE_DIR) / ".." / "shared" / "reference" / "systolic_cycles.csv";
        std::ifstream csv(file);
        if (!csv) {
            MESSAGE("skipped: no ../shared/reference/systolic_cycles.csv beside the sources");
            return;
        }
        std::string line, field;
        std::getline(csv, line);
        int rows = 0;
        for (; std::getline(csv, line); ++rows) {
            std::vector<std::string> f;
            for (std::istringstream fields(line); std::getline(fields, field, ',');) f.push_back(field);
            const auto n = [&](std::size_t i) { return static_cast<std::uint64_t>(std::stod(f.at(i))); };
            check({n(0),
                   n(1),
                   f[2] == "os"   ? os
                   : f[2] == "ws" ? ws
                                  : is,
                   {n(13), n(14), n(15)},
                   n(17),
                   n(19),
                   n(20),
                   n(21),
                   std::stod(f[18])});
        }
        CHECK(rows == 233);
    }
    TEST_CASE("a convolution's nest gives pixels, filters and window") {
        const auto work = systolic_work(conv_nest({.n = 2, .g = 3, .k = 5, .c = 7, .p = 11, .q = 13, .r = 3, .s = 1}));
        CHECK(work.pixels == 2 * 11 * 13);
        CHECK(work.filters == 5);
        CHECK(work.window == 7 * 3);
    }
    TEST_CASE("an array that keeps nothing in place has no systolic form") {
        CHECK_THROWS_AS((void)systolic({1, 1, 1}, 4, 4, ArrayDataflow::row_stationary, Pipeline::simple),
                        std::logic_error);
    }
}

TEST_SUITE("models/row_stationary") {
    TEST_CASE("AlexNet keeps as many elements of Eyeriss busy as published (JSSC 2017, table V)") {
        const auto conv1 = eyeriss({4, 96, 3, 55, 55, 11, 11});
        CHECK(conv1.active_pes == 154);  // one set of 11 x 14
        CHECK(conv1.strip == 14);
        const auto conv2 = eyeriss({4, 128, 48, 27, 27, 5, 5});
        CHECK(conv2.active_pes == 135);  // one set of 5 x 27, as pieces of 5 x 14 and 5 x 13
        CHECK(conv2.pieces == 2);
        for (const auto& work :
             {RowStationaryWork{4, 384, 256, 13, 13, 3, 3}, RowStationaryWork{4, 192, 192, 13, 13, 3, 3},
              RowStationaryWork{4, 128, 192, 13, 13, 3, 3}}) {
            const auto fold = eyeriss(work);
            CHECK(fold.active_pes == 156);  // four sets of 3 x 13
            CHECK(fold.filter_sets * fold.channel_sets == 4);
        }
    }
    TEST_CASE("registers decide how much one element interleaves, not how long the layer takes") {
        const RowStationaryWork work{1, 384, 256, 13, 13, 3, 3};
        const auto fold = eyeriss(work);
        CHECK(fold.channels_each == 4);  // 12 inputs hold rows of 3
        CHECK(fold.filters_each == 18);  // 224 weights hold 18 times 4 rows of 3
        CHECK(fold.cycles_per_pass == 18 * 4 * 3 * 13);
        // 96 filters for each of the four sets in turns of 18 (6), 256 channels in turns of 4.
        CHECK(fold.passes == 6 * 64);
        CHECK(fold.cycles == 96 * 256 * 3 * 13);
        const auto small = row_stationary_folds(work, 12, 14, {.weights = 3, .inputs = 3, .psums = 1}).at(0);
        CHECK(small.cycles == fold.cycles);
        CHECK(small.passes == 96 * 256);
        CHECK(row_stationary_folds(work, 12, 14, {.weights = 3, .inputs = 2, .psums = 1}).empty());
    }
    TEST_CASE("no fold does more than one multiplication an element and a cycle") {
        for (const auto& work : {RowStationaryWork{1, 64, 3, 112, 112, 7, 7}, RowStationaryWork{2, 5, 7, 20, 9, 3, 3},
                                 RowStationaryWork{1, 1, 1, 30, 30, 5, 5}, RowStationaryWork{1, 10, 4, 6, 6, 1, 1}})
            for (const auto& fold : row_stationary_folds(work, 12, 14, {.weights = 224, .inputs = 12, .psums = 24})) {
                CHECK(fold.active_pes <= 12 * 14);
                CHECK(fold.cycles * fold.active_pes >= work.images * work.filters * work.channels * work.output_rows *
                                                           work.output_cols * work.filter_rows * work.filter_cols);
                CHECK(fold.passes * fold.cycles_per_pass >= fold.cycles);
            }
    }
    TEST_CASE("a filter with more rows than the array takes several turns") {
        const auto fold =
            row_stationary_folds({1, 1, 1, 4, 4, 9, 1}, 4, 4, {.weights = 8, .inputs = 8, .psums = 8}).at(0);
        CHECK(fold.filter_folds == 3);
        CHECK(fold.active_pes == 16);
        CHECK(fold.cycles == 3 * 4);
    }
    TEST_CASE("the nest of a convolution gives its rows and columns") {
        const auto work = row_stationary_work(conv_nest({.n = 2, .k = 5, .c = 7, .p = 11, .q = 13, .r = 3, .s = 4}));
        CHECK(work.images == 2);
        CHECK(work.filters == 5);
        CHECK(work.channels == 7);
        CHECK(work.output_rows == 11);
        CHECK(work.output_cols == 13);
        CHECK(work.filter_rows == 3);
        CHECK(work.filter_cols == 4);
    }
}
