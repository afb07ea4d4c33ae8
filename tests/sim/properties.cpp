// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <fstream>

#include "sim/play.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::easy_chip;
using sim::test::ns;
using sim::test::run;
using sim::test::ScheduleMaker;

namespace {

/// Two engines, prefetch, residual traffic, a host step: a bit of everything.
models::Schedule mixed(hw_space::Accelerator chip) {
    chip.engines.push_back(hw_space::VectorUnit{});
    ScheduleMaker maker(std::move(chip));
    maker.step("a", 0, {{1, {run(30, 4096, 9000, 1500, 3000)}}}, {}, 100);
    maker.step("b", 1, {{5, {run(6, 0, 2000, 700, 2000), run(1, 0, 500, 200, 500)}}}, {0}, 10);
    maker.step("c", 0, {{1, {run(40, 6000, 1000, 900, 1000)}}}, {0}, 100, 6000);
    maker.host_step("h", {1}, 3000);
    maker.step("d", 0, {{1, {run(20, 20'000, 100, 400, 10)}}}, {2, 3}, 100, 20'000);
    return maker.make();
}

Picoseconds latency(const models::Schedule& schedule) {
    Picoseconds end = 0;
    for (const auto& step : play(schedule)) end = std::max(end, step.end);
    return end;
}

/// Resident memory of this process in KiB.
std::uint64_t resident_kib() {
    std::ifstream file("/proc/self/statm");
    std::uint64_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * 4;
}

}  // namespace

TEST_SUITE("sim/properties") {
    TEST_CASE("the same schedule plays the same 500 times over, and memory does not grow") {
        const auto schedule = mixed(easy_chip());
        const auto first = play(schedule);
        const auto before = resident_kib();
        for (int i = 0; i < 500; ++i) {
            const auto again = play(schedule);
            for (std::size_t s = 0; s < first.size(); ++s) {
                REQUIRE(again[s].start == first[s].start);
                REQUIRE(again[s].end == first[s].end);
                REQUIRE(again[s].counts.activates == first[s].counts.activates);
            }
        }
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed
        CHECK(resident_kib() - before < 1024);
#else
        (void)before;
#endif
    }

    TEST_CASE("no step is faster than its compute, nor than its traffic on the bus") {
        for (const bool refresh : {false, true}) {
            auto chip = easy_chip();
            chip.dram.refresh = refresh;
            const auto schedule = mixed(chip);
            const auto steps = play(schedule);
            std::uint64_t bytes = 0;
            for (std::size_t s = 0; s < steps.size(); ++s) {
                bytes += steps[s].counts.dram_bytes();
                if (schedule.steps[s].plan)
                    CHECK(steps[s].end - steps[s].start >= schedule.steps[s].plan->compute.count() * ns);
            }
            CHECK(latency(schedule) >= bytes / 64 * 10 * ns);
        }
    }

    TEST_CASE("more bandwidth never slows a chip down") {
        Picoseconds last = ~Picoseconds{0};
        for (const unsigned channels : {1U, 2U, 4U, 8U}) {
            auto chip = easy_chip();
            chip.dram.channels = channels;
            chip.dma.outstanding = 64;
            const auto now = latency(mixed(chip));
            CHECK(now <= last);
            last = now;
        }
    }

    TEST_CASE("a wider buffer, more requests under way and no refresh never slow a chip down") {
        auto chip = easy_chip();
        chip.dram.refresh = true;
        chip.dma.outstanding = 1;
        auto last = latency(mixed(chip));
        const auto check = [&] {
            const auto now = latency(mixed(chip));
            CHECK(now <= last);
            last = now;
        };
        chip.dma.outstanding = 8;
        check();
        chip.buffers.front().width = core::Bytes(64);
        check();
        chip.dram.refresh = false;
        check();
    }
}
