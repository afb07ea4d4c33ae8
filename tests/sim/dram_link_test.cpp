// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sim/dram_timing.hpp"

using namespace dyad;

TEST_SUITE("sim/dram_link") {
    TEST_CASE("a link narrower than the channels hides a refresh as far as requests are under way") {
        hw_space::Dram dram;
        dram.standard = hw_space::dram_standard("ddr3-1600");
        // 8 transfers at 1.6 G/s: 5 ns for 64 B, with a link or without.
        CHECK(sim::dram_params(dram, core::Bytes(64)).burst_time == 5'000);
        dram.link = core::BytesPerSecond(480e6);
        CHECK(sim::dram_params(dram, core::Bytes(64)).burst_time == 5'000);
        // 48 KB at 480 MB/s are 100 us, some 13 refreshes of 110 ns included, after 25 ns to the first datum.
        sim::DramTiming timing(sim::dram_params(dram, core::Bytes(64)));
        sim::Served served;
        for (std::uint64_t at = 0; at < 48'000; at += 480)
            served = timing.serve({at, 480, false}, served.issued, {1024, 256});
        CHECK(served.done == 100'025'000);
    }
}
