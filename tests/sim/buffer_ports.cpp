// SPDX-License-Identifier: Apache-2.0
#include "sim/buffer_ports.hpp"

#include <doctest/doctest.h>

#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using sim::test::ns;

namespace {
/// 64 B a cycle of 1 ns.
BufferPorts ports(std::size_t engines) { return {Clock(core::Hertz(1e9)), 64, engines}; }
}  // namespace

TEST_SUITE("sim/buffer_ports") {
    TEST_CASE("an access takes whole cycles") {
        CHECK(ports(1).occupancy(64) == 1 * ns);
        CHECK(ports(1).occupancy(65) == 2 * ns);
        CHECK(ports(1).occupancy(0) == 0);
    }

    TEST_CASE("an engine is late by what the DMA takes beyond its idle cycles") {
        auto shared = ports(1);
        shared.begin(0, 0, 100 * ns, 60 * 64);  // 60 of 100 cycles
        (void)shared.pass(0, 40 * 64);
        CHECK(shared.short_by(0, 100 * ns) == 0);
        (void)shared.pass(0, 64);  // one cycle more than there is
        CHECK(shared.short_by(0, 100 * ns) == 1 * ns);
        CHECK(shared.short_by(0, 101 * ns) == 0);
    }

    TEST_CASE("what the DMA moved before the tile began does not count") {
        auto shared = ports(1);
        (void)shared.pass(0, 1000 * 64);
        shared.begin(0, 0, 100 * ns, 100 * 64);
        CHECK(shared.short_by(0, 100 * ns) == 0);
    }

    TEST_CASE("an engine that does not touch the buffer is never late") {
        auto shared = ports(1);
        shared.begin(0, 0, 100 * ns, 0);
        (void)shared.pass(0, 1000 * 64);
        CHECK(shared.short_by(0, 100 * ns) == 0);
    }

    TEST_CASE("a tile whose accesses alone take longer than its compute waits for them") {
        auto shared = ports(1);
        shared.begin(0, 0, 100 * ns, 130 * 64);
        CHECK(shared.short_by(0, 100 * ns) == 30 * ns);
    }

    TEST_CASE("transfers of the DMA are one after another") {
        auto shared = ports(1);
        CHECK(shared.pass(10 * ns, 5 * 64) == 15 * ns);
        CHECK(shared.pass(12 * ns, 5 * 64) == 20 * ns);  // from 15 on
        CHECK(shared.pass(30 * ns, 64) == 31 * ns);
        CHECK(shared.busy(30 * ns) == 1 * ns);
    }

    TEST_CASE("two engines that each fill the ports take twice as long") {
        auto shared = ports(2);
        shared.begin(0, 0, 100 * ns, 100 * 64);
        shared.begin(1, 0, 100 * ns, 100 * 64);
        CHECK(shared.short_by(0, 100 * ns) == 100 * ns);
        CHECK(shared.short_by(1, 200 * ns) == 0);
    }

    TEST_CASE("an engine counts only the part of another's tile that falls into its own") {
        auto shared = ports(2);
        shared.begin(0, 0, 100 * ns, 100 * 64);
        shared.begin(1, 50 * ns, 100 * ns, 100 * 64);
        CHECK(shared.short_by(0, 100 * ns) == 50 * ns);
    }
}
