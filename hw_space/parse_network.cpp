// SPDX-License-Identifier: Apache-2.0
// What joins the parts of a chip: DMA, network, cores.
#include "hw_space/parse.hpp"

namespace dyad::hw_space {
namespace {

CoreLink parse_link(const core::Value& value) {
    CoreLink link;
    auto object = value.map();
    link.rate = required_quantity(object, "rate", core::BytesPerSecond(1e6), core::BytesPerSecond(1e14));
    link.latency = optional_quantity(object, "latency", core::Seconds(0), core::Seconds(0), core::Seconds(1e-3));
    link.energy = optional_quantity(object, "energy", core::Joules(0), core::Joules(0), core::Joules(1e-9));
    link.area = optional_quantity(object, "area", core::SquareMillimetres(0), core::SquareMillimetres(0),
                                  core::SquareMillimetres(1e4));
    return link;
}

}  // namespace

Dma parse_dma(const core::Value& value) {
    Dma dma;
    auto object = value.map();
    dma.engines = static_cast<unsigned>(optional_count(object, "engines", dma.engines, 1, 64));
    dma.outstanding = static_cast<unsigned>(optional_count(object, "outstanding", dma.outstanding, 1, 1024));
    dma.burst = optional_quantity(object, "burst", dma.burst, core::Bytes(8), core::Bytes(1 << 20));
    return dma;
}

Network parse_network(const core::Value& value) {
    Network network;
    auto object = value.map();
    network.topology = object.require("topology", "direct, bus, crossbar or mesh")
                           .one_of<Topology>({{"direct", Topology::direct},
                                              {"bus", Topology::bus},
                                              {"crossbar", Topology::crossbar},
                                              {"mesh", Topology::mesh}});
    const auto joined = network.topology != Topology::direct;
    const auto width = object.find("width"), hop = object.find("hop"), columns = object.find("columns");
    if (width) network.width = width->quantity(core::Bytes(1), core::Bytes(4096));
    if (hop) network.hop = core::Cycles(static_cast<std::uint64_t>(hop->integer(0, 1000)));
    if (columns) network.columns = static_cast<unsigned>(columns->integer(1, 1024));
    if (!joined && (width || hop))
        value.fail("a direct network has neither width nor hop: its wires are as wide as the memories");
    if (columns && network.topology != Topology::mesh) value.fail("only a mesh has columns");
    return network;
}

void parse_cores(const core::Value& value, Accelerator& chip) {
    auto object = value.map();
    chip.cores.given = true;
    chip.cores.count = static_cast<unsigned>(required_count(object, "count", 1, 256));
    chip.cores.first_buffer = chip.buffers.size();
    if (const auto memory = object.find("memory"))
        for (auto& buffer : parse_buffers(*memory)) chip.buffers.push_back(std::move(buffer));
    chip.engines = parse_engines(object.require("engines", "a list of engines"));
    if (const auto link = object.find("link")) chip.cores.link = parse_link(*link);
}

}  // namespace dyad::hw_space
