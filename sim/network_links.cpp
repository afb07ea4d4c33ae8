// SPDX-License-Identifier: Apache-2.0
#include "sim/network_links.hpp"

#include <algorithm>

#include "hw_space/floorplan.hpp"

namespace dyad::sim {
namespace {

using hw_space::Topology;

std::size_t links_of(Topology topology, std::size_t nodes, std::size_t columns) {
    switch (topology) {
        case Topology::direct:
            break;
        case Topology::bus:
            return 1;
        case Topology::crossbar:
            return 2 * nodes;
        case Topology::mesh:
            return 4 * core::ceil_div(nodes, columns) * columns;  // east, west, south, north
    }
    return 0;
}

}  // namespace

NetworkLinks::NetworkLinks(const hw_space::Accelerator& accelerator)
    : topology_(accelerator.network.topology),
      apart_(accelerator.cores.given),
      shared_buffers_(hw_space::shared_buffers(accelerator)),
      cores_(accelerator.cores.count),
      nodes_(hw_space::network_nodes(accelerator)),
      columns_(hw_space::mesh_columns(accelerator)),
      hop_(Clock(accelerator.clock).time(accelerator.network.hop.count())),
      core_latency_(picoseconds(accelerator.cores.link.latency)) {
    const auto engines = accelerator.engines.size() * cores_;
    const BufferPorts link(Clock(accelerator.clock), accelerator.network.width.count(), engines);
    links_.assign(links_of(topology_, nodes_, columns_), link);
    first_core_link_ = links_.size();
    add_core_links(accelerator);
}

void NetworkLinks::add_core_links(const hw_space::Accelerator& accelerator) {
    const auto rate = accelerator.cores.link.rate.count();
    if (!apart_ || !(rate > 0)) return;
    const BufferPorts link(Clock(core::Hertz(rate)), 1, accelerator.engines.size() * cores_);
    links_.insert(links_.end(), 2 * cores_, link);
}

std::size_t NetworkLinks::buffer(std::size_t number, std::size_t core) const {
    return 1 + (number < shared_buffers_ ? number : shared_buffers_ + core);
}

std::size_t NetworkLinks::engine(std::size_t number, std::size_t core) const {
    return 1 + shared_buffers_ + (apart_ ? core : number);
}

std::size_t NetworkLinks::core_link(std::size_t node, bool out) const {
    const bool is_core = apart_ && node > shared_buffers_ && first_core_link_ < links_.size();
    return is_core ? first_core_link_ + 2 * (node - 1 - shared_buffers_) + (out ? 1 : 0) : links_.size();
}

Path NetworkLinks::path(std::size_t from, std::size_t to) const {
    Path path;
    if (from == to) return path;
    const auto add_core_link = [&](std::size_t link) {
        if (link == links_.size()) return;
        path.links.push_back(link);
        path.latency += core_latency_;
    };
    add_core_link(core_link(from, true));
    if (topology_ == Topology::bus) path.links.push_back(0);
    if (topology_ == Topology::crossbar) path.links.insert(path.links.end(), {2 * from + 1, 2 * to});
    if (topology_ == Topology::mesh)
        add_mesh_hops(from, to, path);
    else if (topology_ != Topology::direct)
        path.latency += hop_;
    add_core_link(core_link(to, false));
    return path;
}

void NetworkLinks::add_mesh_hops(std::size_t from, std::size_t to, Path& path) const {
    enum Direction : std::size_t { east, west, south, north };
    const auto go = [&](Direction direction, std::size_t next) {
        path.links.push_back(4 * from + direction);
        path.latency += hop_;
        from = next;
    };
    while (from % columns_ < to % columns_) go(east, from + 1);
    while (from % columns_ > to % columns_) go(west, from - 1);
    while (from / columns_ < to / columns_) go(south, from + columns_);
    while (from / columns_ > to / columns_) go(north, from - columns_);
}

Picoseconds NetworkLinks::pass(const Path& path, Picoseconds now, std::uint64_t bytes) {
    auto end = now;
    for (const auto link : path.links) end = std::max(end, links_[link].pass(now, bytes));
    return end + path.latency;
}

void NetworkLinks::append_state(Picoseconds now, std::vector<std::uint64_t>& state) const {
    for (const auto& link : links_) state.push_back(link.busy(now));
}

}  // namespace dyad::sim
