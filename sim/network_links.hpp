// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "hw_space/accelerator.hpp"
#include "sim/buffer_ports.hpp"

namespace dyad::sim {

/// The way of data from one part of the chip to another: the links on it, all used at the same time (cut-through), and
/// how long the first byte takes.
struct Path {
    std::vector<std::size_t> links;
    Picoseconds latency = 0;
};

/// All links of a chip. Its nodes are the DRAM's controller with the DMA, the shared buffers, and the engines; of a
/// chip with several cores, the controller, the shared buffers, and the cores with all that is theirs.
///
/// A bus is one link that all share. A crossbar has one into and one out of each node. A mesh has one to each neighbour
/// of a node; nodes stand row by row, data go along the row first (X-Y routing), one hop a link. Links of cores (other
/// dies) come last on the way in and first on the way out.
class NetworkLinks {
public:
    explicit NetworkLinks(const hw_space::Accelerator& accelerator);
    [[nodiscard]] static std::size_t memory() { return 0; }
    [[nodiscard]] std::size_t buffer(std::size_t number, std::size_t core) const;
    [[nodiscard]] std::size_t engine(std::size_t number, std::size_t core) const;
    [[nodiscard]] Path path(std::size_t from, std::size_t to) const;
    /// A DMA moves `bytes` along `path`. Returns when the last one has arrived.
    Picoseconds pass(const Path& path, Picoseconds now, std::uint64_t bytes);
    [[nodiscard]] BufferPorts& link(std::size_t number) { return links_[number]; }
    void append_state(Picoseconds now, std::vector<std::uint64_t>& state) const;

private:
    void add_core_links(const hw_space::Accelerator& accelerator);
    void add_mesh_hops(std::size_t from, std::size_t to, Path& path) const;
    /// The core whose node this is; nothing for a shared node.
    [[nodiscard]] std::size_t core_link(std::size_t node, bool out) const;

    hw_space::Topology topology_;
    bool apart_;
    std::size_t shared_buffers_, cores_, nodes_, columns_;
    Picoseconds hop_, core_latency_;
    std::size_t first_core_link_ = 0;  ///< past all links when cores have none of their own
    std::vector<BufferPorts> links_;
};

}  // namespace dyad::sim
