// SPDX-License-Identifier: Apache-2.0
#include "sim/play.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "sim/session.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::easy_chip;
using sim::test::ns;
using sim::test::run;
using sim::test::ScheduleMaker;

namespace {

/// DRAM without latencies: 32 B in 5 ns and nothing else, so that loads and stores can be counted by hand.
hw_space::Accelerator plain_chip() {
    auto chip = easy_chip();
    auto dram = std::make_shared<hw_space::DramStandard>(*chip.dram.standard);
    dram->burst_length = 8;
    dram->cas = dram->cwl = dram->rcd = dram->precharge = dram->ras = dram->read_to_write = {};
    dram->wtr_s = dram->wtr_l = {};
    chip.dram.standard = dram;
    return chip;
}

Picoseconds end_of(ScheduleMaker& maker) { return play(maker.make()).back().end; }

}  // namespace

TEST_SUITE("sim/play") {
    TEST_CASE("double buffering hides loads and stores behind the compute") {
        // Load 10, compute 20, store 5, three tiles.
        // loads 0-10, 10-20 | computes 10-30, 30-50, 50-70 | stores 30-35, 50-55, 70-75 | load of tile 2: 35-45
        ScheduleMaker maker(plain_chip());
        maker.step("k", 0, {{1, {run(3, 64, 0, 20, 32)}}});
        CHECK(end_of(maker) == 75 * ns);
    }

    TEST_CASE("without double buffering each tile takes its load, compute and store") {
        ScheduleMaker maker(plain_chip());
        maker.chip().buffers.front().double_buffered = false;
        maker.step("k", 0, {{1, {run(3, 64, 0, 20, 32)}}});
        CHECK(end_of(maker) == 3 * (10 + 20 + 5) * ns);
    }

    TEST_CASE("when loads take longest they follow each other without a gap") {
        // Load 30, compute 20, store 5: loads 0-30, 30-60 | compute 30-50 | store 60-65 | load 65-95 | computes 60-80,
        // 95-115 | stores 95-100, 115-120.
        ScheduleMaker maker(plain_chip());
        maker.step("k", 0, {{1, {run(3, 192, 0, 20, 32)}}});
        CHECK(end_of(maker) == 120 * ns);
    }

    TEST_CASE("a launch and the first loads start together") {
        ScheduleMaker slow(plain_chip()), quick(plain_chip());
        slow.step("k", 0, {{1, {run(1, 64, 0, 20, 0)}}}, {}, 50);
        quick.step("k", 0, {{1, {run(1, 64, 0, 20, 0)}}}, {}, 4);
        CHECK(end_of(slow) == (50 + 20) * ns);
        CHECK(end_of(quick) == (10 + 20) * ns);
    }

    TEST_CASE("engines run side by side unless one needs what the other makes") {
        auto chip = plain_chip();
        chip.engines.push_back(hw_space::VectorUnit{});
        for (const bool dependent : {false, true}) {
            ScheduleMaker maker(chip);
            maker.step("a", 0, {{1, {run(1, 0, 0, 100, 0)}}});
            maker.step("b", 1, {{1, {run(1, 0, 0, 70, 0)}}},
                       dependent ? std::vector<std::size_t>{0} : std::vector<std::size_t>{});
            CHECK(end_of(maker) == (dependent ? 170 : 70) * ns);
        }
    }

    TEST_CASE("an engine takes its steps in the order of issue") {
        auto chip = plain_chip();
        chip.engines.push_back(hw_space::VectorUnit{});
        ScheduleMaker maker(chip);
        maker.step("long", 1, {{1, {run(1, 0, 0, 100, 0)}}});
        maker.step("waits", 0, {{1, {run(1, 0, 0, 10, 0)}}}, {0});
        maker.step("could", 0, {{1, {run(1, 0, 0, 10, 0)}}});
        const auto steps = play(maker.make());
        CHECK(steps[1].start == 100 * ns);
        CHECK(steps[2].start == 110 * ns);
    }

    TEST_CASE("weights are prefetched once the step before has asked for its last load") {
        // a: three tiles of 20 without loads, so its last load is asked for when tile 0 is done, at 20 ns. The 64 B of
        // b arrive at 30 ns: b computes from 60 to 80 ns. Without prefetch it loads from 60 to 70 ns.
        for (const std::uint64_t prefetch : {64, 0}) {
            ScheduleMaker maker(plain_chip());
            maker.step("a", 0, {{1, {run(3, 0, 0, 20, 0)}}});
            maker.step("b", 0, {{1, {run(1, 64, 0, 20, 0)}}}, {0}, 0, prefetch);
            const auto steps = play(maker.make());
            CHECK(steps[1].end == (prefetch > 0 ? 80 : 90) * ns);
            CHECK(steps[1].counts.loaded[0] == 64);
        }
    }

    TEST_CASE("a prefetch that comes late is waited for") {
        // a computes 4 ns only; the 192 B of b take 30 ns and are asked for at once: b computes from 30 ns on.
        ScheduleMaker maker(plain_chip());
        maker.step("a", 0, {{1, {run(1, 0, 0, 4, 0)}}});
        maker.step("b", 0, {{1, {run(1, 192, 0, 20, 0)}}}, {0}, 0, 192);
        CHECK(end_of(maker) == 50 * ns);
    }

    TEST_CASE("two engines share the bandwidth of the DRAM") {
        // Each loads 16 tiles of 16 KiB (2.56 us each) and computes hardly anything: twice the time of one alone.
        auto chip = plain_chip();
        chip.engines.push_back(hw_space::PeArray{});
        ScheduleMaker alone(chip), both(chip);
        const models::TileProgram tiles{{1, {run(16, 0, 16384, 1, 0)}}};
        alone.step("a", 0, tiles);
        both.step("a", 0, tiles);
        both.step("b", 1, tiles);
        const auto steps = play(both.make());
        CHECK(end_of(alone) == (16 * 2560 + 1) * ns);
        CHECK(steps[0].end == (31 * 2560 + 1) * ns);
        CHECK(steps[1].end == (32 * 2560 + 1) * ns);
    }

    TEST_CASE("an engine that uses every port cycle is slowed down by the DMA") {
        // 64 B a cycle: the tile's 100 cycles are all accesses. While tile 0 computes, tile 1 is loaded: 640 B, 10
        // cycles.
        ScheduleMaker maker(plain_chip());
        auto busy = run(2, 0, 640, 100, 0);
        busy.tile.buffer_read_bytes = {0, 6400, 0};
        maker.step("k", 0, {{1, {busy}}});
        auto idle = run(2, 0, 640, 100, 0);
        idle.tile.buffer_read_bytes = {0, 5760, 0};  // 90 cycles: the DMA's 10 fit in
        ScheduleMaker relaxed(plain_chip());
        relaxed.step("k", 0, {{1, {idle}}});
        CHECK(end_of(relaxed) == (100 + 200) * ns);
        CHECK(end_of(maker) >= end_of(relaxed));
    }

    TEST_CASE("a custom unit is held up by its own port") {
        auto chip = plain_chip();
        hw_space::CustomUnit unit;
        unit.name = "softmax";
        unit.bandwidth = core::BytesPerSecond(4e9);  // 4 B a cycle
        chip.engines = {unit};
        ScheduleMaker maker(chip);
        auto tile = run(1, 0, 0, 20, 0);
        tile.tile.buffer_read_bytes = {0, 100, 0};
        tile.tile.buffer_write_bytes = 20;
        maker.step("k", 0, {{1, {tile}}});
        CHECK(end_of(maker) == 30 * ns);
    }

    TEST_CASE("the host takes its launch and its operations") {
        ScheduleMaker maker(plain_chip());
        maker.step("a", 0, {{1, {run(1, 0, 0, 20, 0)}}});
        maker.host_step("sort", {0}, 500);  // 1 us + 500 / (1 Gop/s)
        CHECK(end_of(maker) == (20 + 1000 + 500) * ns);
    }

    TEST_CASE("a clock whose period is no whole number of picoseconds loses less than one of them per tile") {
        auto chip = plain_chip();
        chip.clock = core::Hertz(700e6);
        ScheduleMaker maker(chip);
        maker.step("k", 0, {{1, {run(1000, 0, 0, 7000, 0)}}});  // 10 us each
        CHECK(end_of(maker) == 1000 * 10'000 * ns);
    }

    TEST_CASE("a network larger than the DRAM is refused with the address space that it needs") {
        auto chip = plain_chip();
        chip.name = "small";
        chip.dram.name = "dram";
        auto standard = *chip.dram.standard;
        standard.capacity = core::Bytes(4096);
        chip.dram.standard = std::make_shared<hw_space::DramStandard>(standard);
        ScheduleMaker maker(chip);
        maker.step("k", 0, {{1, {run(1, 0, 0, 20, 0)}}});
        auto schedule = maker.make();
        auto nodes = schedule.dataflow->nodes();
        const auto with = [&](std::uint64_t bytes) {
            nodes[0].kernel.weight_bytes = core::Bytes(bytes);
            schedule.dataflow = std::make_shared<models::Dataflow>("net", 1, nodes, std::vector<models::TensorInfo>{});
            return schedule;
        };
        CHECK_NOTHROW((void)play(with(4096)));  // up to the last address
        CHECK_THROWS_WITH_AS((void)play(with(4097)),
                             "net on small: weights and activations take 4097 bytes, beyond the last address of "
                             "'dram', which holds 4 KiB (1 channel of 1 rank of easy)",
                             core::Error);
    }

    TEST_CASE("a deadlock names every step that waits") {
        ScheduleMaker maker(plain_chip());
        maker.step("a", 0, {{1, {run(1, 0, 0, 20, 0)}}}, {1});
        maker.step("b", 0, {{1, {run(1, 0, 0, 20, 0)}}});
        CHECK_THROWS_WITH_AS((void)play(maker.make()),
                             "deadlock at 0 ns: the waits form a cycle, step 0 'a' -> step 1 'b' -> step 0 'a': "
                             "step 0 'a' on pe_array waits for step 1 'b'; "
                             "step 1 'b' on pe_array waits for step 0 'a'",
                             std::runtime_error);
    }

    TEST_CASE("a cycle of three steps on three engines is named from its first step on") {
        auto chip = plain_chip();
        for (int e = 0; e < 3; ++e) chip.engines.push_back(sim::test::array("unit" + std::to_string(e)));
        ScheduleMaker maker(chip);
        maker.step("d", 0, {{1, {run(1, 0, 0, 20, 0)}}}, {2});  // waits for the cycle, is not in it
        maker.step("a", 1, {{1, {run(1, 0, 0, 20, 0)}}}, {3});
        maker.step("b", 2, {{1, {run(1, 0, 0, 20, 0)}}}, {1});
        maker.step("c", 3, {{1, {run(1, 0, 0, 20, 0)}}}, {2});
        CHECK_THROWS_WITH_AS(
            (void)play(maker.make()),
            "deadlock at 0 ns: the waits form a cycle, step 2 'b' -> step 1 'a' -> step 3 'c' -> step 2 "
            "'b': step 0 'd' on pe_array waits for step 2 'b'; step 1 'a' on unit0 waits for step 3 "
            "'c'; step 2 'b' on unit1 waits for step 1 'a'; step 3 'c' on unit2 waits for step 2 'b'",
            std::runtime_error);
    }

    TEST_CASE("two engines of the DMA overlap what one does in turn") {
        // Loads of two engines at once: 64 B each from an idle DRAM of two channels, 10 ns each on its channel. With
        // one DMA engine a window of one request keeps the second load waiting for the end of the first.
        auto chip = plain_chip();
        chip.engines.push_back(sim::test::array("second"));
        chip.dma = {.engines = 1, .outstanding = 1, .burst = core::Bytes(64)};
        chip.dram.channels = 2;
        const auto last = [](hw_space::Accelerator c) {
            ScheduleMaker maker(std::move(c));
            maker.step("a", 0, {{1, {run(1, 256, 0, 20, 0)}}});
            maker.step("b", 1, {{1, {run(1, 256, 0, 20, 0)}}});
            const auto steps = play(maker.make());
            return std::max(steps[0].end, steps[1].end);
        };
        const auto one = last(chip);
        chip.dma.engines = 2;
        const auto two = last(chip);
        CHECK(two < one);
        CHECK(two >= (20 + 40) * ns);  // each channel moves 256 B
    }

    TEST_CASE("a bus that is narrower than the buffer paces loads and engine alike") {
        // 64 B loaded: 10 ns from DRAM, 32 cycles over a bus of 2 B a cycle. Then the tile: 20 cycles of compute, but
        // 100 bytes from the buffer take 50 cycles of the bus.
        auto chip = plain_chip();
        chip.network = {.topology = hw_space::Topology::bus, .width = core::Bytes(2), .hop = core::Cycles(3)};
        auto tiles = run(1, 64, 0, 20, 0);
        tiles.tile.buffer_read_bytes = {100, 0, 0};
        ScheduleMaker maker(chip);
        maker.step("k", 0, {{1, {tiles}}});
        CHECK(end_of(maker) == (32 + 3 + 50) * ns);
    }

    TEST_CASE("a wrong address is named, and the next simulation is not disturbed") {
        ScheduleMaker maker(plain_chip()), good(plain_chip());
        maker.step("big", 0, {{1, {run(1, 0, 2 << 20, 20, 0)}}});
        good.step("k", 0, {{1, {run(3, 64, 0, 20, 32)}}});
        CHECK_THROWS_WITH_AS((void)play(maker.make()),
                             "shared: address 0x100000 (16384 bytes) is outside it; asked for by the load of tile 0 of "
                             "step 0 'big'",
                             std::runtime_error);
        CHECK(end_of(good) == 75 * ns);
    }

    TEST_CASE("results larger than the buffer stream through it") {
        // 32 B in 5 ns: 2 MiB leave in 2097152 / 32 x 5 ns = 327,680 ns after the 20 cycles of compute; the buffer
        // holds 1 MiB.
        ScheduleMaker maker(plain_chip());
        maker.step("sums", 0, {{1, {run(1, 0, 0, 20, 2 << 20)}}});
        CHECK(end_of(maker) == (20 + 327'680) * ns);
    }

    TEST_CASE("a second session in the same process is refused, and a new one is possible after the first") {
        {
            const Session first;
            CHECK_THROWS_WITH_AS(Session(), "a SystemC session is already open in this process", std::logic_error);
            ScheduleMaker maker(plain_chip());
            maker.step("k", 0, {{1, {run(1, 64, 0, 20, 32)}}});
            CHECK_THROWS_AS((void)play(maker.make()), std::logic_error);
        }
        const Session second;
    }

    TEST_CASE("unit names that SystemC would not take, or twice the same, are no problem") {
        auto chip = plain_chip();
        chip.engines.push_back(hw_space::PeArray{});
        chip.buffers.front().name = "on chip.1";
        ScheduleMaker maker(chip);
        maker.step("k", 1, {{1, {run(1, 64, 0, 20, 32)}}});
        CHECK(end_of(maker) == 35 * ns);
    }

    TEST_CASE("a chip without engines and buffers leaves everything to the host") {
        auto chip = plain_chip();
        chip.engines.clear();
        chip.buffers.clear();
        ScheduleMaker maker(chip);
        maker.host_step("a", {}, 500);
        maker.host_step("b", {0}, 700);
        CHECK(end_of(maker) == (1000 + 500 + 1000 + 700) * ns);
    }

    TEST_CASE("a schedule that would last for years is refused before it is played") {
        ScheduleMaker maker(plain_chip());
        maker.host_step("forever", {}, 1e15);  // at 1 Gop/s: a million seconds
        CHECK_THROWS_WITH_AS((void)play(maker.make()),
                             "by hand on easy takes some 1000000 s: more than the day that a simulation may last",
                             core::Error);
    }

    TEST_CASE("a step that waits for one that does not exist is an error, not a crash") {
        ScheduleMaker maker(plain_chip()), good(plain_chip());
        maker.step("a", 0, {{1, {run(1, 0, 0, 20, 0)}}}, {7});
        good.step("k", 0, {{1, {run(3, 64, 0, 20, 32)}}});
        CHECK_THROWS_AS((void)play(maker.make()), std::out_of_range);
        CHECK(end_of(good) == 75 * ns);
    }

    TEST_CASE("an empty schedule takes no time") { CHECK(play(ScheduleMaker(plain_chip()).make()).empty()); }
}
