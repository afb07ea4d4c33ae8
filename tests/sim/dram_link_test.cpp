// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sim/dram_timing.hpp"

using namespace dyad;

TEST_SUITE("sim/dram_link") {
    TEST_CASE("a link narrower than the channels paces every burst") {
        hw_space::Dram dram;
        dram.standard = hw_space::dram_standard("ddr3-1600");
        // 8 transfers at 1.6 G/s: 5 ns for 64 B.
        CHECK(sim::dram_params(dram, core::Bytes(64)).burst_time == 5'000);
        dram.link = core::BytesPerSecond(480e6);
        // 64 B at 480 MB/s: 133.333 ns.
        CHECK(sim::dram_params(dram, core::Bytes(64)).burst_time == 133'333);
        dram.channels = 2;  // two channels share the link
        CHECK(sim::dram_params(dram, core::Bytes(64)).burst_time == 266'667);
        dram.link = core::BytesPerSecond(1e12);  // wider than both: no matter
        CHECK(sim::dram_params(dram, core::Bytes(64)).burst_time == 5'000);
    }
}
