// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "models/analytic/dram_stream.hpp"
#include "models/analytic/tile_pipeline.hpp"
#include "models/report.hpp"
#include "models/schedule/residency.hpp"
#include "tests/models/schedule_fixture.hpp"

using namespace dyad;
using namespace dyad::models;
using namespace dyad::models::fixture;
using core::Bytes;

namespace {

/// One kernel of `tiles` alone on `accelerator`, everything in DRAM.
KernelReport alone(TileProgram tiles, const hw_space::Accelerator& accelerator = chip(), std::uint64_t launch = 0) {
    return analytic(schedule(chain({1, 1}), accelerator, {plan(std::move(tiles), launch)})).kernels.at(0);
}
std::uint64_t cycles(TileProgram tiles, const hw_space::Accelerator& accelerator = chip(), std::uint64_t launch = 0) {
    return alone(std::move(tiles), accelerator, launch).cycles.count();
}

hw_space::Accelerator with_channels(unsigned channels) {
    auto result = chip();
    result.dram.channels = channels;
    result.dma.outstanding = 16;
    return result;
}

}  // namespace

TEST_SUITE("models/analytic") {
    // The ideal DRAM moves 8 bytes a nanosecond, which is a cycle: 64 bytes take 8.

    TEST_CASE("one tile is loaded, computed and stored one after another") {
        CHECK(cycles({{1, {{1, tile(64, 64, 128, 10)}}}}) == 8 + 8 + 10 + 16);
        CHECK(cycles({{1, {{1, tile(0, 0, 0, 10)}}}}) == 10);
    }

    TEST_CASE("the launch overlaps the first load") {
        CHECK(cycles({{1, {{1, tile(64, 0, 0, 10)}}}}, chip(), 5) == 8 + 10);
        CHECK(cycles({{1, {{1, tile(64, 0, 0, 10)}}}}, chip(), 20) == 20 + 10);
    }

    TEST_CASE("with double buffering the slower of compute and DRAM sets the pace") {
        // Compute 10 > load 8: fill 8, then 10 a tile.
        CHECK(cycles({{1, {{5, tile(64, 0, 0, 10)}}}}) == 8 + 5 * 10);
        // Load 16 > compute 10: 16 a tile, then the last compute.
        CHECK(cycles({{1, {{5, tile(64, 64, 0, 10)}}}}) == 5 * 16 + 10);
        // Loads and stores share the DRAM. l = load 8, s = store 8, compute 10:
        // l0 0-8, l1 8-16; c0 8-18; s0 18-26, l2 26-34; c1 18-28; s1 34-42; c2 34-44; s2 44-52.
        CHECK(cycles({{1, {{3, tile(64, 0, 64, 10)}}}}) == 52);
    }

    TEST_CASE("without double buffering nothing overlaps") {
        auto single = chip();
        single.buffers[0].double_buffered = false;
        CHECK(cycles({{1, {{5, tile(64, 0, 64, 10)}}}}, single) == 5 * (8 + 10 + 8));
    }

    TEST_CASE("a long run or a block repeated often takes what playing each tile takes") {
        const auto mixed = std::vector<TileRun>{{3, tile(64, 0, 0, 10)}, {2, tile(128, 64, 64, 3)}};
        // Sixty repeats as one block, and written out.
        TileProgram written_out(60, TileBlock{1, mixed});
        CHECK(cycles({{60, mixed}}) == cycles(written_out));
        // 1000 tiles as one run, and as runs of one.
        TileProgram singles(1000, TileBlock{1, {{1, tile(64, 0, 64, 12)}}});
        CHECK(cycles({{1, {{1000, tile(64, 0, 64, 12)}}}}) == cycles(singles));
    }

    TEST_CASE("a narrow buffer stretches the tiles that need more of it than they compute") {
        // 64 bytes a cycle: 1280 bytes of the engine and 64 of the DMA take 21 cycles, more than 10 of compute.
        auto busy = tile(64, 0, 0, 10);
        busy.buffer_read_bytes = {640, 640, 0};
        CHECK(cycles({{1, {{1, busy}}}}) == 8 + 21);
        CHECK(alone({{1, {{1, busy}}}}).stall_cycles.count() == 8 + 11);
    }

    TEST_CASE("an idle DRAM opens a row first, a turn of the bus costs what the standard says") {
        auto standard = ideal_dram();
        standard->cas = core::Seconds(3e-9);
        standard->rcd = core::Seconds(4e-9);
        standard->precharge = core::Seconds(5e-9);
        standard->read_to_write = core::Seconds(2e-9);
        auto real = chip();
        real.dram.standard = standard;
        // A row of 1 KiB: 12 ns to the first datum, 128 of data; compute 10; the store finds an idle DRAM again.
        CHECK(cycles({{1, {{1, tile(1024, 0, 1024, 10)}}}}, real) == 12 + 128 + 10 + 12 + 128);
        // Tiles of 64 bytes share a row: a sixteenth of precharge and activate, 3 + 9/16 ns.
        CHECK(cycles({{1, {{1, tile(64, 0, 0, 10)}}}}, real) == 22);  // 3.56 + 8 + 10 = 21.56
        // Ten tiles of DRAM work: rows are opened ahead, only the first waits.
        CHECK(cycles({{1, {{10, tile(1024, 0, 0, 1)}}}}, real) == 12 + 10 * 128 + 1);
        // Two reads after a write: a turn of the bus takes 2 ns to a write, and the 3 of a column access to a read.
        CHECK(cycles({{1, {{3, tile(1024, 0, 1024, 1)}}}}, real) == 12 + 2 * 128 + 2 + 128 + 3 + 128 + 2 + 2 * 128);
    }

    TEST_CASE("refresh takes its share of every interval") {
        auto standard = ideal_dram();
        standard->refresh_interval = core::Seconds(1000e-9);
        standard->refresh_time = core::Seconds(200e-9);
        auto real = chip();
        real.dram.standard = standard;
        real.dram.refresh = true;
        // 64000 bytes take 8000 cycles without refresh, 8000 / (1 - 0.2) with.
        CHECK(cycles({{1, {{100, tile(640, 0, 0, 1)}}}}, real) == 10000 + 1);
    }

    TEST_CASE("too few requests under way leave the bus idle (Little's law)") {
        auto standard = ideal_dram();
        standard->cas = core::Seconds(56e-9);
        auto real = chip();
        real.dram.standard = standard;
        real.dma.outstanding = 2;
        // A request of 64 bytes comes back after 56 + 8 ns; two under way: 64 bytes every 32 ns instead of 8. The row
        // is asked for one request, 32 ns, ahead, and is 56 - 32 ns late.
        const DramStream stream(real.dram, real.dma);
        CHECK(stream.bus_seconds(640) == doctest::Approx(320e-9 + 24e-9));
        real.dma.outstanding = 16;
        CHECK(DramStream(real.dram, real.dma).bus_seconds(640) == doctest::Approx(80e-9));
    }

    TEST_CASE("a narrow link to the DRAM binds before its channels") {
        auto narrow = chip();
        narrow.dram.link = core::BytesPerSecond(1e9);
        CHECK(DramStream(narrow.dram, narrow.dma).bus_seconds(640) == doctest::Approx(640e-9));
    }

    TEST_CASE("rows opened: one a row for large transfers, a shared one for small") {
        const auto accelerator = chip();
        const DramStream stream(accelerator.dram, accelerator.dma);
        CHECK(stream.activates(0) == 0);
        CHECK(stream.activates(4096) == 4);
        CHECK(stream.activates(1025) == 2);
        CHECK(stream.activates(200) == doctest::Approx(0.25));  // four of 256 bytes share a row of 1 KiB
        const auto two = with_channels(2);
        CHECK(DramStream(two.dram, two.dma).activates(4096) == 4);  // two rows in each of two channels
    }

    TEST_CASE("weights that are prefetched while the kernel before computes do not delay the next") {
        // k0 loads 64 bytes (8), computes 100. k1 needs 192 bytes of weights (24) and computes 10.
        const auto first = plan({{1, {{1, tile(64, 0, 0, 100)}}}});
        const auto second = plan({{1, {{1, tile(192, 0, 0, 10)}}}});
        auto plays = schedule(chain({1, 1, 1}), chip(), {first, second});
        CHECK(analytic(plays).cycles.count() == 8 + 100 + 24 + 10);
        plays.steps[1].prefetch = Bytes(192);
        CHECK(analytic(plays).cycles.count() == 8 + 100 + 10);
        // When k0 computes 12 only, the prefetch ends at 8 + 24 and k1 waits 12 for it.
        plays.steps[0].plan = plan({{1, {{1, tile(64, 0, 0, 12)}}}});
        CHECK(analytic(plays).cycles.count() == 32 + 10);
    }

    TEST_CASE("kernels side by side share the DRAM evenly, and one that needs little is not held up") {
        // b: 50 tiles of pure DRAM work, 400 cycles and 1 of compute alone. c: the same on another engine. Together
        // they take twice as long; a and d take nothing.
        const auto none = plan({{1, {{1, tile(0, 0, 0, 0)}}}});
        const auto dram = plan({{1, {{50, tile(64, 0, 0, 1)}}}});
        const auto plays = schedule(diamond(), chip(), {none, dram, dram, none}, {0, 0, 1, 0});
        CHECK(analytic(plays).cycles.count() == doctest::Approx(800).epsilon(0.003));
        // c computes 1000 and loads 8: it takes 1008 as if alone; b takes 401 and a little more.
        const auto compute = plan({{1, {{1, tile(64, 0, 0, 1000)}}}});
        const auto report = analytic(schedule(diamond(), chip(), {none, dram, compute, none}, {0, 0, 1, 0}));
        CHECK(report.kernels[2].cycles.count() == 1008);
        CHECK(report.kernels[1].cycles.count() == doctest::Approx(401 / (1 - 8.0 / 1008)).epsilon(0.01));
    }

    TEST_CASE("kernels of one engine run one after another in the order of issue") {
        const auto one = plan({{1, {{1, tile(0, 0, 0, 10)}}}});
        const auto report = analytic(schedule(diamond(), chip(), {one}));
        for (std::size_t k = 0; k < 4; ++k)
            CHECK(report.kernels[k].start.count() == doctest::Approx(10e-9 * static_cast<double>(k)));
        CHECK(report.cycles.count() == 40);
    }

    TEST_CASE("a host kernel takes its launch, the link and its operations") {
        auto plays = schedule(chain({1, 1}), chip(), {plan({})});
        auto& step = plays.steps[0];
        step.plan = nullptr;
        step.engine = Step::on_host;
        step.host_in = Bytes(4000);
        step.host_out = Bytes(4000);
        step.host_operations = 40000;
        // 20 us + 8000 B / 4 GB/s + 40000 / 20 Gop/s = 20 + 2 + 2 us.
        const auto report = analytic(plays);
        CHECK(report.latency.count() == doctest::Approx(24e-6));
        CHECK(report.kernels[0].engine == "host");
        CHECK(report.kernels[0].bound_by == "overhead");
        CHECK(report.kernels[0].traffic.empty());
    }

    TEST_CASE("more DRAM bandwidth never slows a kernel, and time is never below the compute bound") {
        for (const std::uint64_t weights : {0u, 64u, 1000u, 5000u})
            for (const std::uint64_t store : {0u, 100u, 3000u})
                for (const std::uint64_t compute : {1u, 100u, 1000u}) {
                    const TileProgram tiles{{3, {{4, tile(weights, 200, store, compute)}, {1, tile(0, 9, 9, 7)}}}};
                    auto before = ~std::uint64_t{0};
                    for (const unsigned channels : {1u, 2u, 4u}) {
                        const auto kernel = alone(tiles, with_channels(channels), 3);
                        CHECK(kernel.cycles.count() <= before);
                        CHECK(kernel.cycles.count() >= 3 + totals(tiles).compute_cycles);
                        CHECK(kernel.stall_cycles.count() == kernel.cycles.count() - 3 - totals(tiles).compute_cycles);
                        before = kernel.cycles.count();
                    }
                }
    }
}
