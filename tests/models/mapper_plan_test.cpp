// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/models/mapper_support.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::mapper_test;
using core::Bytes;
using core::Cycles;
using core::Words;
using hw_space::ArrayDataflow;
using Loads = std::array<std::uint64_t, 3>;

namespace {

constexpr double pj = 1e-12;

std::shared_ptr<const KernelPlan> plan(const Kernel& kernel, const hw_space::Accelerator& chip,
                                       Objective objective = Objective::energy) {
    MapperMemo memo;
    return map_kernel(kernel, chip, 0, {.objective = objective}, memo, round_energies(chip));
}

/// Rows x filters x window: (m x c)(c x k).
Kernel product(std::uint64_t m, std::uint64_t k, std::uint64_t c) { return conv_kernel({.n = m, .k = k, .c = c}); }

Traffic traffic(const KernelPlan& plan, const std::string& level, Operand operand) {
    for (const auto& t : plan.traffic)
        if (t.level == level && t.operand == operand) return t;
    return {level, operand, {}, {}};
}

hw_space::PeArray& array(hw_space::Accelerator& chip) { return std::get<hw_space::PeArray>(chip.engines.front()); }

Kernel depthwise_kernel() { return conv_kernel({.g = 4, .p = 4, .q = 4, .r = 3, .s = 3}); }

Kernel vector_kernel() {
    Kernel kernel;
    kernel.op = "add";
    kernel.vector.operations[static_cast<std::size_t>(hw_space::VectorOp::add)] = 100;
    kernel.vector_inputs = Words(200);
    kernel.vector_outputs = Words(100);
    return kernel;
}

}  // namespace

TEST_SUITE("models/mapper/plans") {
    TEST_CASE("a product that fits in one tile costs what a hand count says") {
        // (8 x 4)(4 x 4) on 4 x 4, weight stationary: one fold. Words: W 16, I 32, O 32.
        const auto one = plan(product(8, 4, 4), small_chip(Bytes(1024)));
        REQUIRE(one);
        CHECK(totals(one->tiles).tiles == 1);
        CHECK(totals(one->tiles).load_bytes == Loads{16, 32, 0});
        CHECK(totals(one->tiles).store_bytes == 32);
        CHECK(one->compute == Cycles(4 + 8 + 4 + 4 - 2));           // load the weights, stream, skew
        CHECK(one->cycles == Cycles((16 + 32) / 8 + 18 + 32 / 8));  // 8 bytes a cycle in, compute, out
        CHECK(one->energy.dram.count() == doctest::Approx((16 + 32 + 32) * 100 * pj));
        // The engine reads W and I once and writes O once; the loads are writes too.
        CHECK(one->energy.buffer.count() == doctest::Approx((16 + 32) * 1 * pj + (16 + 32 + 32) * 2 * pj));
        CHECK(one->energy.mac.count() == doctest::Approx(8 * 4 * 4 * 0.5 * pj));
        CHECK(one->energy.reg.count() == 0);
        CHECK(one->used_macs_per_cycle == 16);
        CHECK(one->optimal);
        CHECK(one->working_set == Bytes(2 * (16 + 32 + 32)));  // double-buffered; outputs are finished in one pass
    }

    TEST_CASE("folds that are loops are given as a mapping") {
        const auto two = plan(product(8, 5, 4), small_chip(Bytes(1024)));
        REQUIRE(two->mapping);
        const auto text = [](const LevelMapping& level) {
            std::string loops;
            for (const auto& loop : level.loops) {
                const auto* axis = loop.axis == LoopAxis::rows ? "r" : loop.axis == LoopAxis::cols ? "c" : "";
                loops += std::string("NGKCPQRS").substr(loop.dim, 1) + std::to_string(loop.factor) + axis + " ";
            }
            return loops;
        };
        // Two tiles of 3 and 2 filters; in each 8 pixels stream past 4 channels x 3 filters.
        const auto& levels = two->mapping->levels;
        CHECK(text(levels[0]) == "K2 ");
        CHECK(text(levels[1]) == "N8 C4r K3c ");
        CHECK(text(levels[2]).empty());
        CHECK(levels[2].keeps == std::array{true, false, true});
        // 5 channels x 3 filter rows make 4 folds of 4 rows, but no nest of loops does: 5 x 1 or 2 x 3.
        const auto crossing = plan(conv_kernel({.k = 4, .c = 5, .p = 8, .r = 3}), small_chip(Bytes(4096)));
        CHECK(crossing->compute == Cycles(4 + 4 * 8 + 6));
        CHECK_FALSE(crossing->mapping.has_value());
    }

    TEST_CASE("one output column too many costs a second fold and a second look at the inputs") {
        const auto two = plan(product(8, 5, 4), small_chip(Bytes(1024)));
        CHECK(two->compute == Cycles(4 + 8 + 8 + 6));
        CHECK(traffic(*two, "buffer", Operand::inputs).read == Bytes(2 * 32));
        CHECK(traffic(*two, "dram", Operand::inputs).read == Bytes(32));
    }

    TEST_CASE("a buffer that is too small for the outputs' sums splits the filters and keeps the inputs") {
        // W 256, I 256 and sums of 4 passes over the window: 16 * 16 * 4 = 1024 bytes. Halves of the filters take
        // 128 + 256 + 512 = 896 bytes; halves of the pixels would read the weights twice. Smaller tiles gain nothing:
        // a single buffer is not filled while the array computes.
        auto chip = small_chip(Bytes(1300));
        chip.buffers.front().double_buffered = false;
        const auto split = plan(product(16, 16, 16), chip);
        REQUIRE(split);
        const Tile last{.load_bytes = {128, 0, 0},
                        .store_bytes = 128,
                        .compute_cycles = 8 * 16 + 4 + 4 - 2,  // 2 x 4 folds of 16 pixels; then the array drains
                        .buffer_read_bytes = {128, 2 * 256, 3 * 128 * 4},
                        .buffer_write_bytes = 3 * 128 * 4 + 128};
        auto first = last;
        first.load_bytes[1] = 256;
        first.compute_cycles = 8 * 16 + 4;  // weights of the first fold
        CHECK(split->tiles == TileProgram{{1, {{1, first}, {1, last}}}});
        CHECK(split->compute == Cycles(4 + 15 * 16 + 16 + 6));                         // one run of 16 folds
        CHECK(split->cycles == Cycles(4 + 15 * 16 + 16 + 6 + (256 + 256 + 256) / 8));  // no overlap
        CHECK(split->working_set == Bytes(128 + 256 + 512));
    }

    TEST_CASE("rows that two tiles share are loaded once") {
        // 16 outputs of a window of 3: 18 inputs. All together take 3 + 18 + 16 bytes, a half 3 + 10 + 8.
        auto chip = small_chip(Bytes(30));
        chip.buffers.front().double_buffered = false;
        const auto rows = plan(conv_kernel({.p = 16, .r = 3}), chip);
        REQUIRE(rows);
        CHECK(totals(rows->tiles).tiles == 2);
        CHECK(rows->tiles.front().runs.front().tile.load_bytes == Loads{3, 10, 0});
        CHECK(rows->tiles.front().runs.back().tile.load_bytes == Loads{0, 8, 0});
    }

    TEST_CASE("weights that no buffer keeps stream from DRAM for every tile") {
        auto chip = small_chip(Bytes(600));
        chip.buffers.front().double_buffered = false;
        chip.buffers.front().keeps.weights = false;
        const auto streamed = plan(product(64, 4, 4), chip);
        REQUIRE(streamed);
        const auto tiles = totals(streamed->tiles).tiles;
        CHECK(tiles == 1);  // 256 + 256 bytes
        CHECK(totals(streamed->tiles).load_bytes == Loads{16, 256, 0});
        chip.buffers.front().size = Bytes(300);
        const auto twice = plan(product(64, 4, 4), chip);
        CHECK(totals(twice->tiles).tiles == 2);
        CHECK(totals(twice->tiles).load_bytes == Loads{2 * 16, 256, 0});
        CHECK(totals(twice->tiles).buffer_read_bytes == Loads{0, 256, 0});
    }

    TEST_CASE("an accumulator needs no room for outputs that only pass it, but cuts the streams") {
        // 64 x 4 outputs of a window of 8: two passes. 4 filters x 8 pixels x 4 bytes = 128 bytes of sums at a time.
        auto chip = small_chip(Bytes(2048));
        auto sums = chip.buffers.front();
        sums.name = "sums";
        sums.size = Bytes(2 * 128);
        sums.keeps = {.weights = false, .inputs = false};
        chip.buffers.front().keeps.outputs = false;
        chip.buffers.push_back(sums);
        const auto through = plan(product(64, 4, 8), chip);
        REQUIRE(through);
        CHECK(traffic(*through, "buffer", Operand::weights).read == Bytes(8 * 32));  // once for each 8 pixels
        CHECK(through->compute == Cycles(4 + 2 * 64 + 6));
        CHECK(through->space[1][2] == Bytes(2 * 128));
        chip.buffers.back().size = Bytes(2 * 15);  // not even the 4 sums of one pixel
        CHECK(plan(product(64, 4, 8), chip) == nullptr);
    }

    TEST_CASE("wider operands take a pass per pair of pieces") {
        auto kernel = product(8, 4, 4);
        kernel.weight_precision = core::Precision::int16;
        const auto wide = plan(kernel, small_chip(Bytes(1024)));
        CHECK(wide->compute == Cycles(4 + 2 * 8 + 6));
        kernel.input_precision = core::Precision::int16;
        CHECK(plan(kernel, small_chip(Bytes(1024)))->compute == Cycles(4 + 4 * 8 + 6));
        CHECK(totals(wide->tiles).load_bytes == Loads{32, 32, 0});
    }

    TEST_CASE("four-bit operands take half a byte") {
        auto kernel = product(8, 4, 4);
        kernel.weight_precision = core::Precision::int4;
        CHECK(totals(plan(kernel, small_chip(Bytes(1024)))->tiles).load_bytes == Loads{8, 32, 0});
    }

    TEST_CASE("two four-bit products take the place of one of eight bits, on every built-in engine") {
        const auto narrow = [](Kernel kernel) {
            kernel.weight_precision = kernel.input_precision = kernel.output_precision = core::Precision::int4;
            return kernel;
        };
        auto chip = small_chip(Bytes(4096));
        // 8 pixels in 4 cycles, between the load of the weights and the skew.
        const auto pairs = plan(narrow(product(8, 4, 4)), chip);
        CHECK(pairs->compute == Cycles(4 + 8 / 2 + 6));
        CHECK(pairs->used_macs_per_cycle == 16);
        array(chip).rates.int4 = 4;  // as the file says
        CHECK(plan(narrow(product(8, 4, 4)), chip)->compute == Cycles(4 + 8 / 4 + 6));
        array(chip).rates.int4 = 1;
        CHECK(plan(narrow(product(8, 4, 4)), chip)->compute == Cycles(4 + 8 + 6));
        array(chip).precision = core::Precision::int16;  // an array of wider multipliers has rates of its own
        array(chip).rates.int8 = 2;
        CHECK(plan(product(8, 4, 4), chip)->compute == Cycles(4 + 8 / 2 + 6));

        hw_space::DepthwiseUnit unit;
        unit.lanes = 4;
        unit.kernels = {3};
        unit.start_up = Cycles(5);
        chip.engines = {unit};
        CHECK(plan(depthwise_kernel(), chip)->compute == Cycles(5 + 16));
        CHECK(plan(narrow(depthwise_kernel()), chip)->compute == Cycles(5 + 16 / 2));

        hw_space::VectorUnit lanes;
        lanes.lanes = 10;
        lanes.operations = {hw_space::VectorOp::add};
        lanes.launch = Cycles(3);
        lanes.start_up = Cycles(2);
        chip.engines = {lanes};
        CHECK(plan(vector_kernel(), chip)->compute == Cycles(3 + 2 + 100 / 10));
        CHECK(plan(narrow(vector_kernel()), chip)->compute == Cycles(3 + 2 + 100 / 20));
    }

    TEST_CASE("a depthwise kernel wastes an array and fits its unit") {
        // Each of 4 groups has 9 x 1 weights: 3 folds of 4 rows, 16 pixels each.
        auto chip = small_chip(Bytes(4096));
        CHECK(plan(depthwise_kernel(), chip)->compute == Cycles(4 + 4 * 3 * 16 + 6));
        CHECK(plan(depthwise_kernel(), chip)->used_macs_per_cycle == 4);
        hw_space::DepthwiseUnit unit;
        unit.lanes = 4;
        unit.kernels = {3};
        chip.engines = {unit};
        const auto own = plan(depthwise_kernel(), chip);
        CHECK(own->compute == Cycles(16));
        CHECK(own->used_macs_per_cycle == 4 * 9);
        CHECK(totals(own->tiles).load_bytes == Loads{4 * 9, 4 * 36, 0});
        CHECK(totals(own->tiles).buffer_read_bytes == Loads{4 * 9, 4 * 36, 0});
    }

    TEST_CASE("the output path bounds a kernel with many outputs and carries fused work") {
        auto chip = small_chip(Bytes(1024));
        auto kernel = product(8, 4, 4);
        kernel.epilogue.operations[static_cast<std::size_t>(hw_space::VectorOp::max)] = 32;
        const auto without = plan(kernel, chip);
        array(chip).output_lanes = 1;
        const auto with = plan(kernel, chip);
        CHECK(without->compute == Cycles(18));
        CHECK(with->compute == Cycles(32));  // an element a cycle
        CHECK(with->energy.mac.count() - without->energy.mac.count() == doctest::Approx(32 * 0.2 * pj));
    }

    TEST_CASE("the start of a kernel is in its compute, not in its tiles") {
        auto chip = small_chip(Bytes(1024));
        array(chip).launch = Cycles(100);
        array(chip).start_up = Cycles(3);
        const auto one = plan(product(8, 4, 4), chip);
        CHECK(one->compute == Cycles(100 + 3 + 18));
        CHECK(totals(one->tiles).compute_cycles == 18);
    }

    TEST_CASE("a given unrolling loses what does not divide, and streams pixels") {
        // 4 x 4 multipliers as channels x filters: ceil(5/4) * ceil(6/4) steps for each of 16 pixels.
        auto chip = small_chip(Bytes(4096));
        array(chip) = small_array(ArrayDataflow::spatial);
        array(chip).row_dims = {"C"};
        array(chip).col_dims = {"K"};
        const auto nvdla = plan(conv_kernel({.k = 6, .c = 5, .p = 4, .q = 4}), chip);
        CHECK(nvdla->compute == Cycles(2 * 2 * 16));
        CHECK(traffic(*nvdla, "buffer", Operand::inputs).read == Bytes(2 * 5 * 16));
    }

    TEST_CASE("a row-stationary array takes a row of the filter in each element") {
        // 3 x 4 elements, 4 output rows of a 3 x 3 window: one set. Registers hold 1 channel (3 inputs) and 2 filters.
        // 4 filters x 2 channels x (3 x 6) multiplications a row; inputs once per 2 filters.
        auto chip = small_chip(Bytes(4096));
        array(chip) = small_array(ArrayDataflow::row_stationary);
        array(chip).rows = 3;
        array(chip).registers = {.weights = 6, .inputs = 3, .psums = 2};
        const auto rows = plan(conv_kernel({.k = 4, .c = 2, .p = 4, .q = 6, .r = 3, .s = 3}), chip);
        REQUIRE(rows);
        CHECK(rows->compute == Cycles(4 * 2 * 3 * 6));
        CHECK(traffic(*rows, "buffer", Operand::inputs).read == Bytes(2 * (2 * 6 * 8)));
        CHECK(traffic(*rows, "buffer", Operand::weights).read == Bytes(4 * 2 * 9));
        CHECK(traffic(*rows, "buffer", Operand::outputs).read == Bytes(4 * 4 * 6 * 4));  // sums of the first channel
    }

    TEST_CASE("a custom unit is known by its rate and its port") {
        hw_space::CustomUnit unit;
        unit.operators = {"conv"};
        unit.operations_per_cycle = 3;
        unit.energy_per_operation = core::Joules(2 * pj);
        auto chip = small_chip(Bytes(1024));
        chip.engines = {unit};
        const auto one = plan(product(8, 4, 4), chip);
        CHECK(one->compute == Cycles(43));  // 128 / 3
        CHECK(one->energy.mac.count() == doctest::Approx(128 * 2 * pj));
        CHECK(one->cycles == Cycles(6 + 43 + 4));
        unit.bandwidth = core::BytesPerSecond(1e9);  // a byte a cycle for 16 + 32 + 32 bytes
        chip.engines = {unit};
        CHECK(plan(product(8, 4, 4), chip)->cycles == Cycles(6 + 80 + 4));
    }

    TEST_CASE("a vector kernel moves its elements once and computes a lane's share") {
        hw_space::VectorUnit unit;
        unit.lanes = 32;
        unit.operations = {hw_space::VectorOp::add};
        auto chip = small_chip(Bytes(1024));
        chip.engines = {unit};
        const auto add = plan(vector_kernel(), chip);
        REQUIRE(add);
        CHECK(totals(add->tiles).load_bytes == Loads{0, 200, 0});
        CHECK(totals(add->tiles).store_bytes == 100);
        CHECK(totals(add->tiles).compute_cycles == 4);  // 100 / 32
        CHECK(add->energy.mac.count() == doctest::Approx(100 * 0.2 * pj));
        auto kernel = vector_kernel();
        kernel.vector.passes = 3;
        CHECK(totals(plan(kernel, chip)->tiles).buffer_read_bytes == Loads{0, 600, 0});
        kernel.input_precision = core::Precision::int16;  // two pieces: half the lanes
        CHECK(totals(plan(kernel, chip)->tiles).compute_cycles == 7);
    }

    TEST_CASE("no tile fits a buffer of a few bytes") {
        auto chip = small_chip(Bytes(4));
        CHECK(plan(product(8, 4, 4), chip) == nullptr);  // 2 bytes; a tile of one word each takes 3
        chip.buffers.front().double_buffered = false;
        CHECK(plan(product(2, 1, 1), chip) != nullptr);
    }

    TEST_CASE("a chip without buffers streams everything") {
        auto chip = small_chip(Bytes(4));
        chip.buffers.clear();
        const auto bare = plan(product(8, 5, 4), chip);
        REQUIRE(bare);
        CHECK(totals(bare->tiles).load_bytes == Loads{20, 64, 0});  // inputs again for the fifth filter
    }
}
