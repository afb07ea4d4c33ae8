// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/quantity.hpp"
#include "hw_space/engine.hpp"
#include "hw_space/hierarchy.hpp"
#include "hw_space/memory.hpp"
#include "hw_space/network.hpp"
#include "hw_space/technology.hpp"

namespace dyad::core {
class Value;
struct Document;
}  // namespace dyad::core

namespace dyad::hw_space {

/// Runs what no engine can. Not part of the chip: neither its area nor its power. Rate 0 = the file names none.
struct Host {
    core::OpsPerSecond rate{20e9};
    core::BytesPerSecond link{4e9};
    core::Seconds launch{20e-6};
};

/// Moves tiles between DRAM and buffers.
struct Dma {
    unsigned engines = 1;      ///< side by side, each with its own requests
    unsigned outstanding = 4;  ///< requests in flight of each
    core::Bytes burst{256};    ///< of one request
};

/// What joins a core to the memories that all share, where that is not the chip's network alone (other dies).
struct CoreLink {
    core::BytesPerSecond rate;  ///< each way; 0 = none, the chip's network alone
    core::Seconds latency;
    core::Joules energy;           ///< a bit
    core::SquareMillimetres area;  ///< of both ends
};

/// Equal cores: each has the engines and the buffers from `first_buffer` on for itself; the buffers before it, DMA and
/// DRAM are shared.
struct Cores {
    bool given = false;  ///< the file has `cores`: each, be it one or several, is a node of the network
    unsigned count = 1;
    std::size_t first_buffer = 0;
    CoreLink link;
    /// Whether buffer `b` is one of a core's own.
    [[nodiscard]] bool own(std::size_t b) const { return count > 1 && b >= first_buffer; }
};

/// One chip. Immutable, and valid once parsed.
struct Accelerator {
    std::string name;
    std::shared_ptr<const Technology> technology;
    core::Hertz clock;
    core::Volts voltage;  ///< the lowest operating point of the node that reaches the clock, unless the file gives one
    Dram dram;
    std::vector<Buffer> buffers;  ///< outermost first
    std::vector<Engine> engines;
    Dma dma;
    Network network;
    Cores cores;  ///< engines, and buffers from cores.first_buffer on, are those of one of them
    Host host;
    core::Joules clock_network;  ///< of one cycle, whether anything works or not; 0 = only the technology's overhead
    /// Of an imported design: every level as given; memories and engine are then made from it (explicit_chip.cpp).
    std::optional<ExplicitHierarchy> hierarchy;
    std::string note;  ///< what it models and where the figures are from
    /// Multiply-accumulates a cycle of all engines of all cores.
    [[nodiscard]] std::uint64_t peak_macs() const;
};

/// Reads an accelerator (interfaces.md, "Accelerator file"). Records every error in value.errors(); returns nothing
/// then.
[[nodiscard]] std::optional<Accelerator> parse_accelerator(const core::Value& value);
/// Reads a file without choices. Throws core::Error with all its errors.
[[nodiscard]] Accelerator read_accelerator(const core::Document& document);

}  // namespace dyad::hw_space
