// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>

#include "models/analytic/tile_pipeline.hpp"
#include "models/chain/builder.hpp"
#include "models/mapper.hpp"
#include "models/report.hpp"
#include "models/schedule/residence.hpp"
#include "tests/models/schedule_fixture.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::fixture;
using core::Bytes;

namespace {

constexpr std::uint64_t channels = 16, side = 32;
constexpr std::uint64_t map_bytes = channels * side * side;              // 16 384, of an activation
constexpr std::uint64_t box_bytes = channels * (side + 2) * (side + 2);  // 18 496, with its border
constexpr std::uint64_t weights = channels * channels * 9;               // 2304, of one convolution

hw_space::Accelerator npu(std::uint64_t buffer_bytes) {
    auto result = chip(buffer_bytes);
    auto& array = std::get<hw_space::PeArray>(result.engines[0]);
    array.rows = 144;  // a window: no partial sums
    array.cols = 16;
    array.registers = {.weights = 1, .inputs = 0, .psums = 1};
    array.output_lanes = 16;
    result.buffers[0].banks = 8;
    return result;
}

/// The same with a unit for depthwise convolutions behind the vector unit.
hw_space::Accelerator npu_with_depthwise(std::uint64_t buffer_bytes) {
    auto result = npu(buffer_bytes);
    hw_space::DepthwiseUnit unit;
    unit.name = "depthwise";
    unit.lanes = 16;
    unit.kernels = {3};
    unit.output_lanes = 16;
    result.engines.emplace_back(unit);
    return result;
}

Node conv(const std::string& name, std::size_t reads, std::size_t writes, std::uint64_t window) {
    auto result = node(name, {reads}, {writes});
    result.kernel.nest = conv_nest({.k = channels, .c = channels, .p = side, .q = side, .r = window, .s = window});
    result.kernel.kernel_side = window;
    result.kernel.parameters = channels * channels * window * window;
    result.kernel.weight_bytes = Bytes(result.kernel.parameters);
    return result;
}

/// x -> c0 -> t -> c1 -> y: two 3 x 3 convolutions of 16 channels on 32 x 32 pixels.
std::shared_ptr<const Dataflow> two_convolutions() {
    return std::make_shared<const Dataflow>(
        "two", 1, std::vector{conv("c0", 0, 1, 3), conv("c1", 1, 2, 3)},
        std::vector{tensor("x", map_bytes), tensor("t", map_bytes), tensor("y", map_bytes)});
}

/// x -> expand 1x1 -> depthwise 3x3 -> project 1x1 (+ x) -> y.
std::shared_ptr<const Dataflow> inverted_residual() {
    std::vector nodes{conv("expand", 0, 1, 1), conv("depthwise", 1, 2, 3), conv("project", 2, 3, 1)};
    auto& depthwise = nodes[1].kernel;
    depthwise.op = "depthwise_conv";
    depthwise.depthwise = true;
    depthwise.nest = conv_nest({.g = channels, .p = side, .q = side, .r = 3, .s = 3});
    depthwise.parameters = channels * 9;
    depthwise.weight_bytes = Bytes(channels * 9);
    nodes[2].kernel.members = {"project", "sum"};
    nodes[2].kernel.epilogue.operations[static_cast<std::size_t>(hw_space::VectorOp::add)] = map_bytes;
    nodes[2].reads.push_back({.operand = Operand::inputs, .tensor = 0, .side = true});
    return std::make_shared<const Dataflow>(
        "block", 1, std::move(nodes),
        std::vector{tensor("x", map_bytes), tensor("t0", map_bytes), tensor("t1", map_bytes), tensor("y", map_bytes)});
}

Schedule mapped(const std::shared_ptr<const Dataflow>& dataflow, const hw_space::Accelerator& accelerator,
                bool chains = true, Objective objective = Objective::edp) {
    MapperMemo memo;
    return map_all(dataflow, std::make_shared<const hw_space::Accelerator>(accelerator),
                   {.objective = objective, .chains = chains}, memo);
}

/// Members of the two convolutions on the array.
std::vector<chain::Member> members_of(const Dataflow& dataflow) {
    auto first = chain::first_member(dataflow, 0, 0).value();
    auto second = chain::next_member(dataflow, first, 1, 0).value();
    return {first, second};
}

std::shared_ptr<const KernelPlan> built(const Dataflow& dataflow, const chain::Shape& shape,
                                        const hw_space::Accelerator& accelerator) {
    const MapOptions options;
    const auto energy = energy_table(accelerator);
    MapperMemo memo;
    chain::Slices slices(accelerator, options, energy, memo);
    return chain::build(members_of(dataflow), shape, slices);
}

std::uint64_t moved(const Report& report, const std::string& level) {
    std::uint64_t sum = 0;
    for (const auto& kernel : report.kernels)
        for (const auto& row : kernel.traffic)
            if (row.level == level) sum += (row.read + row.write).count();
    return sum;
}

}  // namespace

TEST_SUITE("models/chain") {
    TEST_CASE("with rows cached each output is computed once, without what neighbours share is computed twice") {
        // Two 3-row windows, stride 1, a row of border on each side, 8 rows in tiles of 2.
        const std::vector<chain::AxisShape> members{{8, 1, 3, 1}, {8, 1, 3, 1}};
        const auto cached = chain::cut(members, 2, true), recomputed = chain::cut(members, 2, false);
        const auto spans = [](const chain::Cuts& cuts) {
            std::vector<std::pair<std::uint64_t, std::uint64_t>> result;
            for (const auto& tile : cuts) result.emplace_back(tile[0].begin, tile[0].end);
            return result;
        };
        using Spans = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
        CHECK(spans(cached) == Spans{{0, 3}, {3, 5}, {5, 7}, {7, 8}});      // 8 rows
        CHECK(spans(recomputed) == Spans{{0, 3}, {1, 5}, {3, 7}, {5, 8}});  // 14 rows
        // The consumer at its third row looks at rows 1 to 4; a producer one tile ahead has come to row 7.
        CHECK(chain::rows_alive(cached, members, 1, 1, 1) == 4);
        CHECK(chain::rows_alive(cached, members, 1, 2, 1) == 6);
        // The next image begins while the last tile of this one (from row 5) is read: 3 + 3 rows, no more than inside.
        CHECK(chain::rows_alive(cached, members, 1, 2, 2) == 6);
        CHECK(chain::input_rows_alive(cached, members[0], 1) == 5);  // rows 0 to 4 of the border and the image
        CHECK(chain::input_rows_alive(cached, members[0], 2) == 7);
    }

    TEST_CASE("a stride of two needs twice the rows; what nobody reads is still computed") {
        // 8 rows, of which windows of one row with stride 2 read rows 0, 2, 4 and 6.
        const auto cuts = chain::cut({{8, 1, 1, 0}, {4, 2, 1, 0}}, 2, true);
        REQUIRE(cuts.size() == 2);
        CHECK(cuts[0][0].end == 3);
        CHECK(cuts[1][0].begin == 3);
        CHECK(cuts[1][0].end == 8);
    }

    TEST_CASE("tile by tile only inputs, weights and outputs cross DRAM") {
        const auto graph = two_convolutions();
        // Too small for t beside the tiles of anyone: 16 KiB of 20.
        const auto fused = mapped(graph, npu(20 << 10)), plain = mapped(graph, npu(20 << 10), false);
        REQUIRE(fused.steps.size() == 1);
        REQUIRE(plain.steps.size() == 2);
        const auto together = analytic(fused), apart = analytic(plain);
        // Cached rows: x with its border once, both weights once, y once.
        CHECK(together.dram_read == Bytes(box_bytes + 2 * weights));
        CHECK(together.dram_write == Bytes(map_bytes));
        // Apart t is written and, with its border, read again at least once.
        CHECK(apart.dram_write == Bytes(2 * map_bytes));
        CHECK(apart.dram_read >= Bytes(2 * box_bytes + 2 * weights));
        CHECK(together.latency < apart.latency);
        CHECK(together.energy < apart.energy);
        CHECK(together.macs == apart.macs);
    }

    TEST_CASE("recomputation is counted: in the multiply-accumulates played, not in those of the network") {
        const auto graph = two_convolutions();
        const auto accelerator = npu(64 << 10);
        // 4 tiles of 8 rows need 9 + 10 + 10 + 9 = 38 rows of t, 6 more than there are; x: 11 + 12 + 12 + 11 rows of
        // 34 pixels (the border is in the box of every tile).
        const auto again = built(*graph, {8, side, false}, accelerator);
        const auto cached = built(*graph, {8, side, true}, accelerator);
        REQUIRE(again);
        REQUIRE(cached);
        CHECK(again->chain->recomputed_macs == 6 * side * channels * channels * 9);
        CHECK(cached->chain->recomputed_macs == 0);
        CHECK(totals(again->tiles).load_bytes[1] == 46 * (side + 2) * channels);
        CHECK(totals(cached->tiles).load_bytes[1] == box_bytes);
        CHECK(totals(cached->tiles).load_bytes[0] == 2 * weights);
        CHECK(again->energy.mac.count() == doctest::Approx(cached->energy.mac.count() * (32 + 38) / 64.0));
        CHECK(again->compute > cached->compute);
        // Kept between them: 4-row windows at worst one tile apart on one engine. Cached: rows 7 to 17 of t while tile
        // 2 (rows 8 to 15) is at work, 10 rows; recomputed: 10 rows of a tile.
        CHECK(cached->chain->held == Bytes(10 * side * channels));
        CHECK(again->chain->held == Bytes(10 * side * channels));
    }

    TEST_CASE("tiles narrower than the image need less room and compute its columns again") {
        const auto graph = two_convolutions();
        // 2 tiles of 16 columns need 17 columns of t each; rows as above with 38.
        const auto narrow = built(*graph, {8, 16, false}, npu(64 << 10));
        REQUIRE(narrow);
        CHECK(narrow->chain->tiles == 8);
        CHECK(narrow->chain->recomputed_macs == (38 * 34 - 32 * 32) * channels * channels * 9);
        CHECK(narrow->chain->held == Bytes(10 * 17 * channels));
    }

    TEST_CASE("a buffer one byte too small for the smallest tile leaves the kernels apart") {
        const auto graph = two_convolutions();
        const auto least = chain::space(members_of(*graph), {1, side, true}, npu(1 << 20));
        // A row of y reads 3 rows of t. The first one needs rows 0 to 1 of t, hence 4 of x; each later one a row more,
        // hence windows of 3 rows of x, and beside them the row that the next tile brings.
        CHECK(least.held == Bytes(3 * side * channels));
        CHECK(least.operands[0] == Bytes(2 * weights));
        CHECK(least.operands[2] == Bytes(2 * side * channels));
        const auto need = least.total(false, false).count();
        CHECK(mapped(graph, npu(need), true, Objective::energy).steps.size() == 1);
        CHECK(mapped(graph, npu(need), true, Objective::energy).peak_buffer == Bytes(need));
        CHECK(mapped(graph, npu(need - 1), true, Objective::energy).steps.size() == 2);
    }

    TEST_CASE("engines work side by side on different tiles") {
        const auto graph = inverted_residual();
        const auto accelerator = npu_with_depthwise(1 << 20);
        const auto fused = mapped(graph, accelerator, true, Objective::latency);
        const auto plain = mapped(graph, accelerator, false, Objective::latency);
        REQUIRE(fused.steps.size() == 1);
        const auto& chain = *fused.steps[0].plan->chain;
        REQUIRE(chain.lanes.size() == 2);
        CHECK(chain.room == std::vector<std::uint64_t>{2, 2, 0});
        const auto together = analytic(fused), apart = analytic(plain);
        CHECK(together.latency < apart.latency);
        // The array has two of three kernels to do: it alone bounds the time from below.
        std::uint64_t array = 0;
        for (const auto& step : plain.steps)
            if (step.engine == 0) array += step.plan->compute.count();
        CHECK(together.cycles.count() >= array * 9 / 10);
        CHECK(fused.steps[0].side_from_dram == Bytes(map_bytes));
        CHECK(together.dram_read == Bytes(map_bytes + map_bytes + 2 * 256 + 144));
    }

    TEST_CASE("a chain is one kernel of the report that lists the members of all") {
        const auto report = analytic(mapped(inverted_residual(), npu_with_depthwise(20 << 10), true));
        REQUIRE(report.kernels.size() == 1);
        const auto& kernel = report.kernels[0];
        CHECK(kernel.name == "expand..project");
        CHECK(kernel.members == std::vector<std::string>{"expand", "depthwise", "project", "sum"});
        CHECK(kernel.engine == "array+depthwise");
        CHECK(kernel.macs == map_bytes * (channels + 9 + channels));
        REQUIRE(kernel.chain);
        CHECK(kernel.chain->engines == std::vector<std::string>{"array", "depthwise"});
        CHECK(report.energy.count() == doctest::Approx(kernel.energy.total().count()));
        // x, y and what is held between them, instead of x, t0 and t1 (x is still to be added): 49 152 bytes.
        CHECK(report.peak_activation_bytes == Bytes(2 * map_bytes) + kernel.chain->held);
        CHECK(kernel.chain->held < Bytes(map_bytes));
        CHECK(moved(report, "dram") == (report.dram_read + report.dram_write).count());
    }

    TEST_CASE("rows of a matrix product are a chain's rows: a feed-forward pair") {
        // 256 tokens, 32 -> 128 -> 32: t has 32 768 bytes, the weights 8192 together.
        auto up = node("up", {0}, {1}), down = node("down", {1}, {2});
        up.kernel.nest = matmul_nest(1, 256, 128, 32);
        down.kernel.nest = matmul_nest(1, 256, 32, 128);
        up.kernel.weight_bytes = down.kernel.weight_bytes = Bytes(4096);
        const auto graph = std::make_shared<const Dataflow>(
            "ff", 1, std::vector{up, down},
            std::vector{tensor("x", 256 * 32), tensor("t", 256 * 128), tensor("y", 256 * 32)});
        const auto fused = mapped(graph, npu(24 << 10)), plain = mapped(graph, npu(24 << 10), false);
        REQUIRE(fused.steps.size() == 1);
        const auto report = analytic(fused);
        CHECK(report.dram_read == Bytes(256 * 32 + 8192));
        CHECK(report.dram_write == Bytes(256 * 32));
        CHECK(analytic(plain).dram_write == Bytes(256 * 32 + 256 * 128));
    }

    TEST_CASE("never worse than apart by the closed forms, whatever the buffer and the objective") {
        for (const auto& graph : {two_convolutions(), inverted_residual()})
            for (std::uint64_t size = 8 << 10; size <= 256 << 10; size *= 2)
                for (const auto objective : {Objective::latency, Objective::energy, Objective::edp}) {
                    CAPTURE(size);
                    const auto together = analytic(mapped(graph, npu_with_depthwise(size), true, objective));
                    const auto apart = analytic(mapped(graph, npu_with_depthwise(size), false, objective));
                    if (objective == Objective::latency) CHECK(together.latency <= apart.latency);
                    if (objective == Objective::energy) CHECK(together.energy <= apart.energy);
                    if (objective == Objective::edp)
                        CHECK(together.energy.count() * together.latency.count() <=
                              apart.energy.count() * apart.latency.count());
                    CHECK(moved(together, "dram") <= moved(apart, "dram"));
                }
    }

    TEST_CASE("what is remembered of one chip and network is right for the next") {
        MapperMemo shared;
        for (int round = 0; round < 2; ++round)
            for (const auto& graph : {two_convolutions(), inverted_residual()})
                for (const auto size : {16u << 10, 24u << 10, 64u << 10})
                    for (const double clock : {500e6, 1e9})
                        for (const auto channels_of_dram : {1u, 2u}) {
                            auto accelerator = npu_with_depthwise(size);
                            accelerator.clock = core::Hertz(clock);
                            accelerator.dram.channels = channels_of_dram;
                            const auto again =
                                map_all(graph, std::make_shared<const hw_space::Accelerator>(accelerator), {}, shared);
                            const auto alone = mapped(graph, accelerator);
                            CAPTURE(size);
                            CAPTURE(clock);
                            CHECK(again.steps.size() == alone.steps.size());
                            CHECK(analytic(again).latency == analytic(alone).latency);
                            CHECK(analytic(again).energy == analytic(alone).energy);
                        }
    }

    TEST_CASE("pooling takes the rows of the convolution before it, which never leave the chip") {
        // 32 x 32 pixels of 16 channels to 16 x 16 by windows of 2: a quarter is written.
        auto pool = node("pool", {1}, {2});
        pool.kernel.op = "pool";
        pool.kernel.nest.reset();
        pool.kernel.kernel_side = pool.kernel.stride = 2;
        pool.kernel.window = {16, 16, 2, 2, 2, 2};
        pool.kernel.vector.operations[static_cast<std::size_t>(hw_space::VectorOp::max)] = 4 * map_bytes / 4;
        const auto graph = std::make_shared<const Dataflow>(
            "pooled", 1, std::vector{conv("c0", 0, 1, 3), pool},
            std::vector{tensor("x", map_bytes), tensor("t", map_bytes), tensor("y", map_bytes / 4)});
        const auto fused = mapped(graph, npu(14 << 10)), plain = mapped(graph, npu(14 << 10), false);
        REQUIRE(fused.steps.size() == 1);
        CHECK(fused.steps[0].plan->chain->lanes.size() == 2);
        CHECK(analytic(fused).dram_write == Bytes(map_bytes / 4));
        CHECK(analytic(fused).dram_read == Bytes(box_bytes + weights));
        CHECK(analytic(plain).dram_write == Bytes(map_bytes + map_bytes / 4));
        CHECK(analytic(fused).latency < analytic(plain).latency);
        auto first = chain::first_member(*graph, 0, 0).value();
        CHECK(chain::next_member(*graph, first, 1, 1)->rows.window == 2);
        first.rows.size = 40;  // windows of another image
        CHECK_FALSE(chain::next_member(*graph, first, 1, 1));
    }

    TEST_CASE("a kernel read by two, or of another shape, ends a chain") {
        const auto graph = two_convolutions();
        const auto first = chain::first_member(*graph, 0, 0).value();
        auto other = conv("c1", 1, 2, 3);
        other.kernel.nest = conv_nest({.k = 4, .c = channels, .p = side / 4, .q = side / 4, .r = 3, .s = 3});
        const Dataflow odd("odd", 1, {conv("c0", 0, 1, 3), other},
                           {tensor("x", map_bytes), tensor("t", map_bytes), tensor("y", map_bytes / 64)});
        CHECK_FALSE(chain::next_member(odd, first, 1, 0));
        const auto twice = std::make_shared<const Dataflow>(
            "twice", 1, std::vector{conv("c0", 0, 1, 3), conv("c1", 1, 2, 3), conv("c2", 1, 3, 3)},
            std::vector{tensor("x", map_bytes), tensor("t", map_bytes), tensor("y", map_bytes),
                        tensor("z", map_bytes)});
        CHECK(mapped(twice, npu(20 << 10)).steps.size() == 3);
    }
}
