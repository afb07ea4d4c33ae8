// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>

#include "hw_space/accelerator.hpp"

/// Where the parts of a chip lie on its network. Node 0 is the DRAM's controller with the DMA; then the shared buffers,
/// outermost first; then the engines or, where the file has cores, the cores with all that is theirs.
namespace dyad::hw_space {

/// Buffers that are nodes of their own.
[[nodiscard]] std::size_t shared_buffers(const Accelerator& chip);
/// Whether engines reach their innermost buffers inside their core, not over the network.
[[nodiscard]] bool has_own_buffers(const Accelerator& chip);
[[nodiscard]] std::size_t network_nodes(const Accelerator& chip);
/// Nodes of one row of a mesh.
[[nodiscard]] std::size_t mesh_columns(const Accelerator& chip);
/// Hops of a mesh between two nodes (the Manhattan distance).
[[nodiscard]] std::size_t mesh_hops(const Accelerator& chip, std::size_t from, std::size_t to);
/// Mean hops of a mesh from the shared nodes to all others.
[[nodiscard]] double mean_hops(const Accelerator& chip);

}  // namespace dyad::hw_space
