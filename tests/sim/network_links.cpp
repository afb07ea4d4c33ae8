// SPDX-License-Identifier: Apache-2.0
#include "sim/network_links.hpp"

#include <doctest/doctest.h>

#include "hw_space/floorplan.hpp"
#include "tests/sim/fixtures.hpp"

using namespace dyad;
using namespace dyad::sim;
using hw_space::Topology;
using sim::test::ns;

namespace {

/// One buffer and two engines: nodes 0 (memory), 1 (buffer), 2 and 3; 32 B a cycle of 1 ns, 2 cycles a hop.
hw_space::Accelerator chip(Topology topology) {
    auto chip = sim::test::easy_chip();
    chip.engines.push_back(sim::test::array("second"));
    chip.network = {.topology = topology, .width = core::Bytes(32), .hop = core::Cycles(2)};
    return chip;
}

/// The same parts in four cores, each with a buffer of its own, behind links of 8 GB/s that take 20 ns.
hw_space::Accelerator four_cores(Topology topology) {
    auto many = chip(topology);
    many.cores.given = true;
    many.cores.count = 4;
    many.cores.link.rate = core::BytesPerSecond(8e9);
    many.cores.link.latency = core::Seconds(20e-9);
    return many;
}

}  // namespace

TEST_SUITE("sim/network_links") {
    TEST_CASE("wires of their own take no time") {
        NetworkLinks network(chip(Topology::direct));
        CHECK(network.pass(network.path(0, 1), 5 * ns, 1'000'000) == 5 * ns);
    }

    TEST_CASE("what is a core's own lies at its node, be there one core or four") {
        for (const unsigned count : {1U, 4U}) {
            auto chip = four_cores(Topology::crossbar);
            chip.cores.count = count;
            chip.cores.first_buffer = 0;
            const NetworkLinks network(chip);
            CHECK(network.buffer(0, 0) == network.engine(1, 0));
            CHECK(network.path(network.buffer(0, 0), network.engine(1, 0)).links.empty());
            // Into the core: its own link and the crossbar's.
            CHECK(network.path(NetworkLinks::memory(), network.engine(0, 0)).links.size() == 3);
        }
        // Without cores an engine lies apart from the buffer.
        const NetworkLinks network(chip(Topology::crossbar));
        CHECK(network.buffer(0, 0) != network.engine(0, 0));
    }

    TEST_CASE("on a bus everybody waits for everybody") {
        NetworkLinks network(chip(Topology::bus));
        CHECK(network.pass(network.path(0, 1), 0, 320) == (10 + 2) * ns);
        CHECK(network.pass(network.path(1, 2), 0, 320) == (20 + 2) * ns);
    }

    TEST_CASE("a crossbar has conflicts only at the same source or destination") {
        NetworkLinks network(chip(Topology::crossbar));
        CHECK(network.pass(network.path(0, 1), 0, 320) == 12 * ns);
        CHECK(network.pass(network.path(1, 2), 0, 320) == 12 * ns);  // out of the buffer, not into it
        CHECK(network.pass(network.path(1, 3), 0, 320) == 22 * ns);  // the same source
        CHECK(network.pass(network.path(3, 1), 0, 320) == 22 * ns);  // the same destination as the first
        CHECK(network.pass(network.path(2, 3), 0, 320) == 22 * ns);  // the destination of the third
    }

    TEST_CASE("a mesh takes a hop a link, along the row first") {
        // Four nodes: 0 1 / 2 3.
        NetworkLinks network(chip(Topology::mesh));
        CHECK(network.path(0, 3).links.size() == 2);
        CHECK(network.pass(network.path(0, 1), 0, 320) == (10 + 2) * ns);
        CHECK(network.pass(network.path(0, 3), 0, 320) == (20 + 4) * ns);  // waits for 0 -> 1
        CHECK(network.pass(network.path(2, 3), 0, 320) == (10 + 2) * ns);  // another way
        CHECK(network.pass(network.path(1, 0), 0, 320) == (10 + 2) * ns);  // the other direction
    }

    TEST_CASE("a mesh of three columns routes through the corner of its last, short row") {
        // Nodes 0 1 2 / 3: 3 -> 2 goes east through places that hold no node.
        auto wide = chip(Topology::mesh);
        wide.network.columns = 3;
        NetworkLinks network(wide);
        CHECK(network.path(3, 2).links.size() == 3);
        CHECK(network.pass(network.path(3, 2), 0, 32) == (1 + 6) * ns);
        CHECK(hw_space::mesh_hops(wide, 3, 2) == 3);
    }

    TEST_CASE("each core has a link of its own, and the network is shared before it") {
        NetworkLinks direct(four_cores(Topology::direct)), bus(four_cores(Topology::bus));
        // 320 B at 8 GB/s: 40 ns, and 20 ns on the way.
        for (std::size_t core = 0; core < 4; ++core)
            CHECK(direct.pass(direct.path(0, direct.buffer(0, core)), 0, 320) == 60 * ns);
        CHECK(direct.pass(direct.path(0, direct.buffer(0, 3)), 0, 320) == 100 * ns);
        CHECK(direct.pass(direct.path(direct.buffer(0, 3), 0), 0, 320) == 60 * ns);  // the way out is free
        for (std::size_t core = 0; core < 4; ++core)                                 // 10 ns of the bus each, in turn
            CHECK(bus.pass(bus.path(0, bus.buffer(0, core)), 0, 320) ==
                  std::max<Picoseconds>(40, 10 * (core + 1)) * ns + 22 * ns);
        CHECK(bus.path(bus.buffer(0, 2), bus.engine(1, 2)).links.empty());  // inside a core
    }

    TEST_CASE("hops between the shared nodes and the others, on average") {
        // 0 1 / 2 3: from 0 to 2 one, to 3 two; from 1 to 2 two, to 3 one.
        CHECK(hw_space::mean_hops(chip(Topology::mesh)) == doctest::Approx(1.5));
        CHECK(hw_space::mesh_columns(chip(Topology::mesh)) == 2);
    }
}
