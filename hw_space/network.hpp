// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "core/quantity.hpp"

namespace dyad::hw_space {

/// How DMA, buffers, engines and cores are joined; spelled as in YAML. `direct`: wires of their own between each two
/// that talk, so that only the ports of the memories are shared.
enum class Topology : std::uint8_t { direct, bus, crossbar, mesh };

struct Network {
    Topology topology = Topology::direct;
    core::Bytes width{32};  ///< of one link (of the bus; of each port of a crossbar), a cycle
    core::Cycles hop{1};    ///< through one router (of the mesh), arbiter or switch
    unsigned columns = 0;   ///< of a mesh; 0 = as near to a square as may be
};

}  // namespace dyad::hw_space
