// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "core/random.hpp"
#include "sim/play.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::easy_chip;
using sim::test::run;
using sim::test::ScheduleMaker;

namespace {

struct Both {
    std::vector<StepRecord> played, jumped;
};

Both play_both(const models::Schedule& schedule) {
    return {play(schedule, Options{false, {}, 0}), play(schedule, Options{true, {}, 0})};
}

void check_identical(const Both& both) {
    for (std::size_t s = 0; s < both.played.size(); ++s) {
        CAPTURE(s);
        CHECK(both.jumped[s].start == both.played[s].start);
        CHECK(both.jumped[s].end == both.played[s].end);
        CHECK(both.jumped[s].counts.loaded == both.played[s].counts.loaded);
        CHECK(both.jumped[s].counts.stored == both.played[s].counts.stored);
        CHECK(both.jumped[s].counts.activates == both.played[s].counts.activates);
        CHECK(both.jumped[s].counts.waits == both.played[s].counts.waits);
    }
}

/// Traffic identical, time within 0.1 %.
void check_close(const Both& both) {
    for (std::size_t s = 0; s < both.played.size(); ++s) {
        CAPTURE(s);
        CHECK(both.jumped[s].counts.loaded == both.played[s].counts.loaded);
        CHECK(both.jumped[s].counts.stored == both.played[s].counts.stored);
        const auto played = static_cast<double>(both.played[s].end - both.played[s].start);
        const auto jumped = static_cast<double>(both.jumped[s].end - both.jumped[s].start);
        CHECK(std::abs(jumped - played) <= 0.001 * played);
    }
}

models::Schedule single(models::TileProgram tiles, bool refresh) {
    auto chip = easy_chip();
    chip.dram.refresh = refresh;
    ScheduleMaker maker(chip);
    maker.step("k", 0, std::move(tiles));
    return maker.make();
}

/// Periodic programs: bound by compute, by loads, by stores, balanced, on chip only, nested, with short last tiles.
std::vector<models::TileProgram> programs(std::uint64_t n) {
    return {
        {{1, {run(n, 1024, 2048, 2000, 500)}}},
        {{1, {run(n, 1024, 2048, 20, 500)}}},
        {{1, {run(n, 100, 77, 20, 5000)}}},
        {{1, {run(n, 1000, 2000, 575, 300)}}},
        {{1, {run(n, 0, 0, 20, 0)}}},
        {{1, {run(n, 64, 0, 3, 1)}}},
        {{1, {run(n, 20'000, 0, 3000, 0), run(1, 500, 0, 100, 10)}}},
        {{n / 4, {run(1, 4096, 1024, 300, 0), run(2, 0, 1024, 300, 0), run(1, 0, 700, 200, 2000)}}},
        {{n / 100, {run(99, 256, 1024, 300, 0), run(1, 0, 700, 200, 2000)}}, {1, {run(3, 8, 8, 8, 8)}}},
    };
}

/// A program of a few blocks with sizes drawn at random.
models::TileProgram random_program(core::Stream& draw, std::uint64_t tiles) {
    models::TileProgram program;
    for (auto blocks = 1 + draw.below(3); blocks > 0; --blocks) {
        models::TileBlock block;
        block.repeat = 1 + draw.below(draw.chance(0.5) ? 3 : 40);
        for (auto runs = 1 + draw.below(3); runs > 0; --runs) {
            const auto bytes = [&] { return draw.chance(0.4) ? 0 : 1 + draw.below(draw.chance(0.3) ? 30'000 : 1500); };
            const auto weights = bytes(), inputs = bytes(), stored = bytes();
            block.runs.push_back(
                run(1 + draw.below(draw.chance(0.5) ? 3 : tiles), weights, inputs, draw.below(2000), stored));
        }
        program.push_back(std::move(block));
    }
    return program;
}

}  // namespace

TEST_SUITE("sim/jump") {
    TEST_CASE("without refresh a jump changes nothing, to the last picosecond") {
        for (const auto& program : programs(2000)) check_identical(play_both(single(program, false)));
    }

    TEST_CASE("with refresh a jump changes the time by less than a thousandth, the traffic not at all") {
        for (const auto& program : programs(20'000)) check_close(play_both(single(program, true)));
    }

    TEST_CASE("random programs play the same with and without jumps") {
        for (std::uint64_t i = 0; i < 60; ++i) {
            CAPTURE(i);
            core::Stream draw(1, "sim/jump", i);
            check_identical(play_both(single(random_program(draw, 200), false)));
        }
    }

    TEST_CASE("random programs under refresh stay within a thousandth") {
        for (std::uint64_t i = 0; i < 30; ++i) {
            CAPTURE(i);
            core::Stream draw(2, "sim/jump", i);
            check_close(play_both(single(random_program(draw, 1000), true)));
        }
    }

    TEST_CASE("streams that go round a small memory many times jump exactly too") {
        for (std::uint64_t i = 0; i < 20; ++i) {
            CAPTURE(i);
            core::Stream draw(5, "sim/jump", i);
            auto chip = easy_chip();
            auto standard = *chip.dram.standard;
            standard.capacity = core::Bytes((std::uint64_t{16} << draw.below(3)) * 1024);  // 16 to 64 KiB, four banks
            chip.dram.standard = std::make_shared<hw_space::DramStandard>(standard);
            ScheduleMaker maker(chip);
            maker.step("a", 0, random_program(draw, 200), {}, draw.below(100));
            maker.step("b", 0, random_program(draw, 200), {0});
            check_identical(play_both(maker.make()));
        }
    }

    TEST_CASE("chips with other channels, buffers and windows jump exactly too") {
        for (std::uint64_t i = 0; i < 40; ++i) {
            CAPTURE(i);
            core::Stream draw(3, "sim/jump", i);
            auto chip = easy_chip();
            chip.dram.channels = static_cast<unsigned>(1 + draw.below(4));
            chip.dma.outstanding = static_cast<unsigned>(1 + draw.below(16));
            chip.buffers.front().double_buffered = draw.chance(0.7);
            chip.clock = core::Hertz(draw.chance(0.5) ? 1e9 : 700e6);
            ScheduleMaker maker(chip);
            maker.step("a", 0, random_program(draw, 100), {}, draw.below(100));
            maker.step("b", 0, random_program(draw, 100), {0});
            check_identical(play_both(maker.make()));
        }
    }

    TEST_CASE("chips with other banks, mappings, networks and DMA engines jump exactly too") {
        using enum hw_space::DramField;
        const std::vector<hw_space::DramMapping> mappings{{row, rank, bank, column, bank_group, channel},
                                                          {row, channel, rank, bank, bank_group, column},
                                                          {row, column, rank, bank, bank_group, channel},
                                                          {rank, bank, row, bank_group, column, channel}};
        for (std::uint64_t i = 0; i < 60; ++i) {
            CAPTURE(i);
            core::Stream draw(4, "sim/jump", i);
            auto chip = easy_chip();
            auto standard = *chip.dram.standard;
            standard.bank_groups = 1U << draw.below(3);
            standard.ccd_l = core::Seconds(15e-9);
            standard.rrd_s = core::Seconds(8e-9);
            standard.rrd_l = core::Seconds(12e-9);
            standard.faw = core::Seconds(50e-9);
            standard.write_recovery = core::Seconds(18e-9);
            standard.rank_switch = core::Seconds(3e-9);
            chip.dram.standard = std::make_shared<hw_space::DramStandard>(standard);
            chip.dram.channels = static_cast<unsigned>(1 + draw.below(3));
            chip.dram.ranks = static_cast<unsigned>(1 + draw.below(2));
            chip.dram.mapping = mappings[draw.below(mappings.size())];
            chip.network.topology = static_cast<hw_space::Topology>(draw.below(4));
            chip.network.width = core::Bytes(4 + draw.below(60));
            chip.dma.engines = static_cast<unsigned>(1 + draw.below(2));
            if (draw.chance(0.5)) chip.buffers.front().interleave = hw_space::Interleave::block;
            ScheduleMaker maker(chip);
            maker.step("a", 0, random_program(draw, 100), {}, draw.below(100));
            maker.step("b", 0, random_program(draw, 100), {0});
            check_identical(play_both(maker.make()));
        }
    }

    TEST_CASE("a prefetch beside a periodic step is not jumped over") {
        // b may load ahead once a has asked for its last load, but waits for c: its 600 KB trickle in between c's
        // tiles.
        auto chip = easy_chip();
        chip.engines.push_back(hw_space::PeArray{});
        ScheduleMaker maker(chip);
        maker.step("a", 0, {{1, {run(2, 64, 64, 20, 0)}}});
        maker.step("b", 1, {{1, {run(3, 600'000, 64, 20, 0)}}}, {2}, 0, 600'000);
        maker.step("c", 0, {{1, {run(2000, 16'384, 16'384, 100, 0)}}}, {0});
        check_identical(play_both(maker.make()));
    }

    TEST_CASE("steps side by side are not disturbed by jumps") {
        auto chip = easy_chip();
        chip.engines.push_back(hw_space::VectorUnit{});
        ScheduleMaker maker(chip);
        maker.step("a", 0, {{1, {run(500, 1024, 2048, 2000, 500)}}});
        maker.step("b", 1, {{1, {run(100, 0, 1024, 500, 500)}}});
        maker.step("c", 1, {{1, {run(900, 0, 1024, 1500, 500)}}}, {1});
        maker.host_step("h", {1}, 5000);
        maker.step("d", 0, {{1, {run(500, 1024, 2048, 100, 500)}}}, {0, 2, 3}, 30);
        check_identical(play_both(maker.make()));
    }
}
