// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/precision.hpp"
#include "core/quantity.hpp"
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

/// Off-chip memory, always the outermost level.
struct Dram {
    std::string name = "dram";
    std::shared_ptr<const DramStandard> standard;
    unsigned channels = 1;
    bool refresh = true;
    core::BytesPerSecond link;  ///< of the chip's port to it where that is narrower than the channels; 0 = it is not
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
    /// Bytes the whole buffer moves in one cycle.
    [[nodiscard]] core::Bytes per_cycle() const { return core::Bytes(width.count() * banks * ports); }
};

enum class ArrayDataflow { weight_stationary, output_stationary, input_stationary, row_stationary, spatial };
enum class Pipeline { simple, overlapped };

/// Words of storage in each processing element, per tensor; 0 = the operand comes from the innermost buffer each time.
struct Registers {
    std::uint64_t weights = 0, inputs = 0, psums = 0;
    friend bool operator==(const Registers&, const Registers&) = default;
};

/// A rows x cols grid of multiply-accumulate elements.
struct PeArray {
    std::string name = "pe_array";
    std::uint64_t rows = 0, cols = 0;
    ArrayDataflow dataflow = ArrayDataflow::weight_stationary;
    Pipeline pipeline = Pipeline::overlapped;
    core::Precision precision = core::Precision::int8;    ///< widest operand that takes one multiplication
    core::Precision accumulate = core::Precision::int32;  ///< of partial sums
    Registers registers;
    std::vector<std::string> row_dims,
        col_dims;  ///< dataflow `spatial`: dimensions of the kernel unrolled on each axis
    std::uint64_t output_lanes =
        0;                ///< elements a cycle on the output path (scale, activation, residual add); 0 = no such path
    core::Cycles launch;  ///< start of a kernel: configuration and control
};

/// `lanes` channels side by side, each computing one output per cycle of a kernel x kernel depthwise window.
struct DepthwiseUnit {
    std::string name = "depthwise_unit";
    std::uint64_t lanes = 0;
    std::vector<std::uint64_t> kernels;  ///< side lengths it accepts
    std::vector<std::uint64_t> strides;  ///< empty = any
    core::Precision precision = core::Precision::int8;
    core::Precision accumulate = core::Precision::int32;
    std::uint64_t output_lanes = 0;
    core::Cycles launch;
    /// Multipliers: lanes x largest kernel^2.
    [[nodiscard]] std::uint64_t multipliers() const;
};

/// Elementary operations of vector kernels; spelled as in YAML.
enum class VectorOp : std::uint8_t { add, mul, max, exp, erf, reciprocal, rsqrt, compare, gather };
inline constexpr unsigned vector_op_count = 9;

/// `lanes` elements side by side, one elementary operation each per cycle.
struct VectorUnit {
    std::string name = "vector_unit";
    std::uint64_t lanes = 0;
    core::Precision precision = core::Precision::int8;
    std::vector<VectorOp> operations;
    core::Cycles launch;
    [[nodiscard]] bool has(VectorOp op) const;
};

/// A unit described by what it accepts and its rates.
struct CustomUnit {
    std::string name;
    std::vector<std::string> operators;           ///< operator names of network files
    std::vector<std::uint64_t> kernels, strides;  ///< empty = any
    core::Precision precision = core::Precision::int8;
    double operations_per_cycle = 0;  ///< multiply-accumulates, or elementary operations for vector kernels
    core::BytesPerSecond bandwidth;   ///< of its port to the buffer; 0 = the buffer's
    core::Cycles launch;
    core::Joules energy_per_operation;
    core::SquareMillimetres area;
};

using Engine = std::variant<PeArray, DepthwiseUnit, VectorUnit, CustomUnit>;
[[nodiscard]] const std::string& name(const Engine& engine);
/// Multiply-accumulates a cycle at the engine's own precision (0 for a vector unit).
[[nodiscard]] std::uint64_t peak_macs(const Engine& engine);

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
