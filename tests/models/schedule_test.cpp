// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <numeric>

#include "core/error.hpp"
#include "models/report_builder.hpp"
#include "models/schedule/issue.hpp"
#include "models/schedule/precedence.hpp"
#include "models/schedule/residence.hpp"
#include "models/schedule/residency.hpp"
#include "tests/models/schedule_fixture.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::fixture;
using core::Bytes;

namespace {

/// Tiles of one size only: there are no smaller ones.
std::shared_ptr<const KernelPlan> no_smaller(const Step&, unsigned) { return nullptr; }

/// Bytes over DRAM of all steps.
std::uint64_t dram_bytes(const Schedule& schedule) {
    std::uint64_t sum = 0;
    for (std::size_t s = 0; s < schedule.steps.size(); ++s)
        for (const auto& row : step_traffic(schedule, s))
            if (row.level == "dram") sum += (row.read + row.write).count();
    return sum;
}

Candidates offered(const std::shared_ptr<const Dataflow>& dataflow,
                   const std::vector<std::vector<std::pair<std::size_t, double>>>& seconds) {
    Candidates result{dataflow, {}};
    for (const auto& node : seconds) {
        result.by_node.emplace_back();
        for (const auto& [engine, time] : node)
            result.by_node.back().push_back({engine, plan({}), {core::Seconds(time), core::Joules(1)}});
    }
    return result;
}

struct Issued {
    std::size_t node;
    int engine;
    friend bool operator==(const Issued&, const Issued&) = default;
};
std::vector<Issued> issued(const Candidates& candidates, Objective objective = Objective::latency) {
    const auto accelerator = chip();
    const auto energy = energy_table(accelerator);
    std::vector<Issued> result;
    for (const auto& step : issue_order(candidates, accelerator, objective, Estimator(accelerator, energy)))
        result.push_back({step.node, step.engine});
    return result;
}

}  // namespace

TEST_SUITE("models/schedule") {
    TEST_CASE("branches run side by side on different engines, and equals keep the order of the file") {
        // b takes 5 on either engine, c 3 on the vector unit only. a ends at 1; b and c start together then.
        const auto graph = diamond();
        const auto found = offered(graph, {{{0, 1}}, {{0, 5}, {1, 5}}, {{1, 3}}, {{0, 1}}});
        CHECK(issued(found) == std::vector<Issued>{{0, 0}, {1, 0}, {2, 1}, {3, 0}});
    }

    TEST_CASE("a busy engine is waited for only when that still ends sooner") {
        const auto graph = diamond();
        // Both b and c prefer the array. c starts there at 5 and ends at 9; on the vector unit it runs from 1 to 8.
        CHECK(issued(offered(graph, {{{0, 1}}, {{0, 4}}, {{0, 4}, {1, 7}}, {{0, 1}}}))[2] == Issued{2, 1});
        // At 9 seconds there it would end at 10: it waits.
        CHECK(issued(offered(graph, {{{0, 1}}, {{0, 4}}, {{0, 4}, {1, 9}}, {{0, 1}}}))[2] == Issued{2, 0});
    }

    TEST_CASE("a kernel whose inputs are late does not hold up those behind it") {
        // x -> slow (vector) -> late (array); x -> early (array) stands last in the file but starts first.
        const auto graph = std::make_shared<const Dataflow>(
            "g", 1, std::vector{node("slow", {0}, {1}), node("late", {1}, {2}), node("early", {0}, {3})},
            std::vector{tensor("x", 1), tensor("t", 1), tensor("y", 1), tensor("z", 1)});
        CHECK(issued(offered(graph, {{{1, 9}}, {{0, 1}}, {{0, 2}}})) == std::vector<Issued>{{0, 1}, {2, 0}, {1, 0}});
    }

    TEST_CASE("what no engine runs goes to the host, with its bytes over the link and two operations a MAC") {
        const auto graph = std::make_shared<const Dataflow>(
            "g", 1, std::vector{node("a", {0}, {1})},
            std::vector{tensor("x", 7),
                        TensorInfo{.name = "y", .words = core::Words(3), .precision = core::Precision::int16}});
        const auto accelerator = chip();
        const auto energy = energy_table(accelerator);
        const auto steps =
            issue_order(offered(graph, {{}}), accelerator, Objective::edp, Estimator(accelerator, energy));
        CHECK(steps[0].engine == Step::on_host);
        CHECK(steps[0].host_in == Bytes(7));
        CHECK(steps[0].host_out == Bytes(6));
        CHECK(steps[0].host_operations == 2);  // a 1 x 1 x 1 product
    }

    TEST_CASE("precedence follows the inputs and the order on each engine") {
        auto plays = schedule(diamond(), chip(), {plan({})}, {0, 0, 1, 0});
        const Precedence precedence(plays.steps);
        CHECK(precedence.before(0, 3));
        CHECK_FALSE(precedence.before(3, 0));
        CHECK(precedence.may_overlap(1, 2));
        CHECK(precedence.overlapping(1) == std::vector<std::size_t>{2});
        CHECK(precedence.overlapping(3).empty());
        plays.steps[2].engine = 0;
        CHECK(Precedence(plays.steps).before(1, 2));
    }

    TEST_CASE("the buffer of a diamond peaks where a hand count says, and fits exactly") {
        // Tiles: weights 5, inputs 10, outputs 10; that of a resident operand is the tensor itself.
        // a: ta 20 + weights 5 + tile of x 10 = 35.   b: ta + tb 50 + 5 = 55.
        // c: ta + tb + tc 90 + 5 = 95, the peak.      d: tb + tc 70 + 5 + tile of y 10 = 85.
        const auto tiles = plan({{1, {{1, tile(5, 10, 10, 1)}}}}, 0, {5, 10, 10});
        auto plays = schedule(diamond(), chip(95), {tiles});
        place_tensors(plays, no_smaller);
        CHECK(plays.peak_buffer == Bytes(95));
        CHECK(plays.steps[0].inputs == Home::dram);
        CHECK(plays.steps[0].outputs == Home::buffer);
        CHECK(plays.steps[3].inputs == Home::buffer);
        CHECK(plays.steps[3].outputs == Home::dram);
        // One byte less and a tensor has to go.
        auto tight = schedule(diamond(), chip(94), {tiles});
        place_tensors(tight, no_smaller);
        CHECK(tight.peak_buffer <= Bytes(94));
        CHECK(dram_bytes(tight) > dram_bytes(plays));
    }

    TEST_CASE("tensors that one operand is made of stay on chip together or not at all") {
        // d reads tb and tc as one operand: with room for tb only, both are read from DRAM.
        const auto tiles = plan({{1, {{1, tile(0, 10, 10, 1)}}}}, 0, {0, 1, 1});
        auto plays = schedule(diamond(), chip(65), {tiles});
        place_tensors(plays, no_smaller);
        CHECK(plays.steps[1].outputs == Home::dram);
        CHECK(plays.steps[2].outputs == Home::dram);
        CHECK(plays.steps[3].inputs == Home::dram);
        CHECK(plays.steps[0].outputs == Home::buffer);  // ta alone fits
    }

    TEST_CASE("a residual is kept until it is added, and counts where it is read from") {
        // t0(8) -> k0 -> t1(16) -> k1 -> t2(4) -> k2 (+ t1) -> t3(16).
        auto nodes = std::vector{node("k0", {0}, {1}), node("k1", {1}, {2}), node("k2", {2}, {3})};
        nodes[2].reads.push_back({.operand = Operand::inputs, .tensor = 1, .side = true});
        const auto graph = std::make_shared<const Dataflow>(
            "residual", 1, nodes, std::vector{tensor("t0", 8), tensor("t1", 16), tensor("t2", 4), tensor("t3", 16)});
        const auto tiles = plan({{1, {{1, tile(0, 4, 16, 1)}}}}, 0, {0, 1, 1});
        auto plays = schedule(graph, chip(21), {tiles});
        place_tensors(plays, no_smaller);
        // k1: t1 + t2 = 20.  k2: t1 + t2 + 1 byte of tile = 21.
        CHECK(plays.peak_buffer == Bytes(21));
        CHECK(plays.steps[2].side_from_buffer == Bytes(16));
        CHECK(plays.steps[2].side_from_dram == Bytes(0));
        auto tight = schedule(graph, chip(20), {tiles});
        place_tensors(tight, no_smaller);
        CHECK(tight.steps[2].side_from_dram + tight.steps[2].side_from_buffer == Bytes(16));
        CHECK(tight.peak_buffer <= Bytes(20));
    }

    TEST_CASE("smaller tiles make room for a tensor when that spares more than it costs") {
        // Whole-buffer tiles of 100; half-buffer tiles of 50 load the weights twice.
        const auto large = plan({{1, {{1, tile(40, 30, 30, 10)}}}}, 0, {40, 30, 30});
        const auto small = plan({{1, {{2, tile(40, 15, 15, 5)}}}}, 0, {20, 15, 15});
        const auto half = [&](const Step&, unsigned halvings) -> std::shared_ptr<const KernelPlan> {
            return halvings == 1 ? small : nullptr;
        };
        // k0: t1 60 + weights 40 + tile of t0 30 = 130 > 110; with small tiles 60 + 20 + 15 = 95. Residence of t1
        // spares 30 + 30 bytes; the small tiles load 40 bytes more.
        auto plays = schedule(chain({30, 60, 30}), chip(110), {large});
        place_tensors(plays, half);
        CHECK(plays.steps[0].outputs == Home::buffer);
        CHECK(plays.steps[0].plan == small);
        // When they load 80 bytes more each, t1 goes to DRAM and the large tiles stay.
        const auto costly = plan({{1, {{3, tile(40, 10, 10, 3)}}}}, 0, {20, 15, 15});
        auto other = schedule(chain({30, 60, 30}), chip(110), {large});
        place_tensors(other, [&](const Step&, unsigned halvings) -> std::shared_ptr<const KernelPlan> {
            return halvings == 1 ? costly : nullptr;
        });
        CHECK(other.steps[0].outputs == Home::dram);
        CHECK(other.steps[0].plan == large);
        CHECK(other.steps[1].plan == large);
    }

    TEST_CASE("a larger buffer never raises the DRAM traffic of a network") {
        const auto tiles = plan({{1, {{2, tile(8, 12, 14, 3)}}}}, 0, {8, 6, 7});
        for (const auto& graph : {diamond(), chain({9, 40, 7, 33, 21, 5, 60, 2}), chain({50, 50, 50, 50})}) {
            std::uint64_t before = ~std::uint64_t{0};
            for (std::uint64_t size = 21; size <= 200; ++size) {
                CAPTURE(size);
                auto plays = schedule(graph, chip(size), {tiles});
                place_tensors(plays, no_smaller);
                CHECK(plays.peak_buffer <= Bytes(size));
                CHECK(dram_bytes(plays) <= before);
                before = dram_bytes(plays);
            }
        }
    }

    TEST_CASE("kernels whose tiles do not fit beside each other run one after another") {
        // b and c could run side by side on two engines, with weights of 60 each in a buffer of 100.
        const auto tiles = plan({{1, {{1, tile(60, 4, 4, 1)}}}}, 0, {60, 1, 1});
        auto wide = schedule(diamond(), chip(400), {tiles}, {0, 0, 1, 0});
        place_tensors(wide, no_smaller);
        CHECK(wide.steps[2].after == std::vector<std::size_t>{0});
        auto tight = schedule(diamond(), chip(100), {tiles}, {0, 0, 1, 0});
        place_tensors(tight, no_smaller);
        CHECK(tight.steps[2].after == std::vector<std::size_t>{0, 1});
        CHECK(tight.peak_buffer <= Bytes(100));
    }

    TEST_CASE("weights are prefetched into what the kernel before leaves free, up to those of the first tile") {
        // k0: t1 10 + weights 6 + tile of t0 10 = 26.  k1: t1 10 + weights 6 + tile of t2 10 = 26.
        const auto tiles = plan({{1, {{2, tile(6, 5, 5, 1)}}}}, 0, {6, 10, 10});
        for (const auto& [size, expected] : {std::pair{26, 0}, {28, 2}, {32, 6}, {64, 6}}) {
            CAPTURE(size);
            auto plays = schedule(chain({10, 10, 10}), chip(static_cast<std::uint64_t>(size)), {tiles});
            place_tensors(plays, no_smaller);
            CHECK(plays.steps[0].prefetch == Bytes(0));
            CHECK(plays.steps[1].prefetch == Bytes(static_cast<std::uint64_t>(expected)));
            CHECK(plays.peak_buffer == Bytes(26 + static_cast<std::uint64_t>(expected)));
        }
    }

    TEST_CASE("fused members that run apart write where they read, when nobody else reads it") {
        // k0: t1 20 + tile of t0 1 = 21.  k1 turns t1 into t2 in place: 20, not 40.  k2: t2 20 + tile of t3 1.
        const auto tiles = plan({{1, {{1, tile(0, 5, 5, 1)}}}}, 0, {0, 1, 1});
        auto nodes = std::vector{node("k0", {0}, {1}), node("k1", {1}, {2}), node("k2", {2}, {3})};
        nodes[1].kernel.op = fused_apart;
        const std::vector tensors{tensor("t0", 9), tensor("t1", 20), tensor("t2", 20), tensor("t3", 9)};
        auto plays = schedule(std::make_shared<const Dataflow>("g", 1, nodes, tensors), chip(21), {tiles});
        place_tensors(plays, no_smaller);
        CHECK(plays.peak_buffer == Bytes(21));
        CHECK(plays.steps[1].inputs == Home::buffer);
        CHECK(plays.steps[1].outputs == Home::buffer);
        // An addition of its own does not: one of the two has to go.
        nodes[1].kernel.op = "add";
        plays = schedule(std::make_shared<const Dataflow>("g", 1, nodes, tensors), chip(21), {tiles});
        place_tensors(plays, no_smaller);
        CHECK((plays.steps[1].inputs == Home::dram) != (plays.steps[1].outputs == Home::dram));
    }

    TEST_CASE("partial sums that spill keep their outputs in DRAM") {
        auto spills = tile(0, 4, 8, 1);
        spills.load_bytes[2] = 4;
        auto plays =
            schedule(chain({4, 4, 4}), chip(), {plan({{1, {{1, spills}}}}), plan({{1, {{1, tile(0, 4, 4, 1)}}}})});
        place_tensors(plays, no_smaller);
        CHECK(plays.steps[0].outputs == Home::dram);
        CHECK(plays.steps[1].inputs == Home::dram);
    }

    TEST_CASE("without a buffer that keeps both inputs and outputs everything goes through DRAM") {
        auto accelerator = chip();
        accelerator.buffers[0].keeps.outputs = false;
        CHECK_FALSE(residence(accelerator).has_value());
        auto plays = schedule(chain({4, 4, 4}), accelerator, {plan({{1, {{1, tile(1, 4, 4, 1)}}}})});
        place_tensors(plays, no_smaller);
        CHECK(dram_bytes(plays) == 2 * (1 + 4 + 4));
    }

    TEST_CASE("a product's right operand stays on chip only where the buffer keeps weights") {
        auto nodes = std::vector{node("k0", {0}, {1}), node("k1", {0}, {2})};
        nodes[1].reads.push_back({.operand = Operand::weights, .tensor = 1});
        const auto graph = std::make_shared<const Dataflow>(
            "product", 1, nodes, std::vector{tensor("x", 4), tensor("right", 4), tensor("y", 4)});
        const auto tiles = plan({{1, {{1, tile(4, 4, 4, 1)}}}});
        auto accelerator = chip();
        auto plays = schedule(graph, accelerator, {tiles});
        place_tensors(plays, no_smaller);
        CHECK(plays.steps[1].weights == Home::buffer);
        CHECK(plays.steps[1].prefetch == Bytes(0));
        accelerator.buffers[0].keeps.weights = false;
        plays = schedule(graph, accelerator, {tiles});
        place_tensors(plays, no_smaller);
        CHECK(plays.steps[1].weights == Home::dram);
    }
}

TEST_SUITE("models/step_program") {
    TEST_CASE("what is resident crosses DRAM in no tile") {
        auto plays = schedule(chain({4, 4}), chip(), {plan({{2, {{3, tile(1, 2, 4, 5)}}}}, 7)});
        plays.steps[0].inputs = Home::buffer;
        auto program = step_program(plays, 0);
        CHECK(program.launch == core::Cycles(7));
        CHECK(program.double_buffered);
        CHECK(program.tiles == TileProgram{{2, {{3, tile(1, 0, 4, 5)}}}});
        plays.steps[0].outputs = Home::buffer;
        plays.steps[0].weights = Home::buffer;
        CHECK(step_program(plays, 0).tiles == TileProgram{{2, {{3, tile(0, 0, 0, 5)}}}});
    }

    TEST_CASE("a residual is read in step with the stores, its rounding with the last tile") {
        // 10 bytes over stores of 4, 4, 4: 3 each, 1 left.
        auto plays = schedule(chain({4, 4}), chip(), {plan({{1, {{3, tile(1, 2, 4, 5)}}}})});
        plays.steps[0].side_from_dram = Bytes(10);
        CHECK(step_program(plays, 0).tiles == TileProgram{{1, {{2, tile(1, 5, 4, 5)}}}, {1, {{1, tile(1, 6, 4, 5)}}}});
        plays.steps[0].outputs = Home::buffer;  // still in step with what would be stored
        CHECK(totals(step_program(plays, 0).tiles).load_bytes[1] == 6 + 10);
    }

    TEST_CASE("prefetched weights are not loaded again by the first tile") {
        auto plays = schedule(chain({4, 4}), chip(), {plan({{2, {{2, tile(3, 2, 4, 5)}}}})});
        plays.steps[0].prefetch = Bytes(2);
        const auto program = step_program(plays, 0);
        CHECK(program.prefetch == Bytes(2));
        CHECK(program.tiles ==
              TileProgram{{1, {{1, tile(1, 2, 4, 5)}}}, {1, {{1, tile(3, 2, 4, 5)}}}, {1, {{2, tile(3, 2, 4, 5)}}}});
        plays.steps[0].prefetch = Bytes(4);
        CHECK_THROWS_WITH_AS((void)step_program(plays, 0), "a step prefetches more weights than its first tile loads",
                             std::logic_error);
    }
}
