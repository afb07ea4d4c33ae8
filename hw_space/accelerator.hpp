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
#include "hw_space/technology.hpp"

namespace dyad::core {
class Value;
struct Document;
}  // namespace dyad::core

namespace dyad::hw_space {

/// Which tensors a memory keeps; the others pass it by.
struct Keeps {
    bool weights = true, inputs = true, outputs = true;
    friend bool operator==(const Keeps&, const Keeps&) = default;
};

/// How a memory keeps tensors that are mostly zeros (models/compression.hpp has what each takes).
enum class Scheme : std::uint8_t { none, bitmap, rlc };
struct Compression {
    Scheme scheme = Scheme::none;
    Keeps tensors;  ///< those that are compressed
    friend bool operator==(const Compression&, const Compression&) = default;
};

/// Off-chip memory, always the outermost level.
struct Dram {
    std::string name = "dram";
    std::shared_ptr<const DramStandard> standard;
    unsigned channels = 1;
    bool refresh = true;
    core::BytesPerSecond link;  ///< of the chip's port to it where that is narrower than the channels; 0 = it is not
    Compression compression{};  ///< of what crosses to and from it
    [[nodiscard]] core::BytesPerSecond peak() const;
};

/// An on-chip memory shared by the engines.
struct Buffer {
    std::string name;
    core::Bytes size;
    unsigned banks = 1;
    unsigned ports = 1;  ///< accesses a bank serves in one cycle (each a read or a write)
    core::Bytes width;   ///< of one access to one bank
    Keeps keeps;
    bool double_buffered = true;  ///< half of it is filled while the other half is used
    Compression compression{};    ///< of what is read and written; space is kept for the worst case
    /// Bytes the whole buffer moves in one cycle.
    [[nodiscard]] core::Bytes per_cycle() const { return core::Bytes(width.count() * banks * ports); }
};

/// Runs what no engine can. Not part of the chip: neither its area nor its power. Rate 0 = the file names none.
struct Host {
    core::OpsPerSecond rate{20e9};
    core::BytesPerSecond link{4e9};
    core::Seconds launch{20e-6};
};

/// Moves tiles between DRAM and buffers.
struct Dma {
    unsigned outstanding = 4;  ///< requests in flight
    core::Bytes burst{256};    ///< of one request
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
    Host host;
    /// Of an imported design: every level as given; memories and engine are then made from it (explicit_chip.cpp).
    std::optional<ExplicitHierarchy> hierarchy;
    std::string note;  ///< what it models and where the figures are from
    /// Multiply-accumulates a cycle of all engines.
    [[nodiscard]] std::uint64_t peak_macs() const;
};

/// Reads an accelerator (interfaces.md, "Accelerator file"). Records every error in value.errors(); returns nothing
/// then.
[[nodiscard]] std::optional<Accelerator> parse_accelerator(const core::Value& value);
/// Reads a file without choices. Throws core::Error with all its errors.
[[nodiscard]] Accelerator read_accelerator(const core::Document& document);

}  // namespace dyad::hw_space
