// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/precision.hpp"
#include "core/quantity.hpp"
#include "hw_space/custom_unit.hpp"

namespace dyad::hw_space {

enum class ArrayDataflow { weight_stationary, output_stationary, input_stationary, row_stationary, spatial };
enum class Pipeline { simple, overlapped };

/// Words of storage in each processing element, per tensor; 0 = the operand comes from the innermost buffer each time.
struct Registers {
    std::uint64_t weights = 0, inputs = 0, psums = 0;
    friend bool operator==(const Registers&, const Registers&) = default;
};

/// Operands whose zeros switch a multiply-accumulate off: neither the arithmetic nor the element's storage of the other
/// operands and of the sum is used then. The time stays.
struct Gating {
    bool weights = false, inputs = false;
    friend bool operator==(const Gating&, const Gating&) = default;
};

/// Operations that a multiplier or lane does in a cycle on operands narrower than itself: the file's `rates`.
struct NarrowRates {
    std::uint64_t int4 = 2, int8 = 1;
    friend bool operator==(const NarrowRates&, const NarrowRates&) = default;
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
    core::Joules register_access;  ///< of a word of any of them at the chip's voltage; 0 = by size, from the technology
    NarrowRates rates;
    Gating gating;
    std::vector<std::string> row_dims,
        col_dims;  ///< of dataflow `spatial`: the kernel's dimensions unrolled on each axis
    std::uint64_t output_lanes =
        0;                  ///< elements a cycle on the output path (scale, activation, residual add); 0 = none
    core::Cycles launch;    ///< start of a kernel: configuration and control
    core::Cycles start_up;  ///< of a kernel: depth of its pipeline beyond filling the grid
};

/// `lanes` channels side by side, each computing one output per cycle of a kernel x kernel depthwise window.
struct DepthwiseUnit {
    std::string name = "depthwise_unit";
    std::uint64_t lanes = 0;
    std::vector<std::uint64_t> kernels;  ///< side lengths it accepts
    std::vector<std::uint64_t> strides;  ///< empty = any
    core::Precision precision = core::Precision::int8;
    core::Precision accumulate = core::Precision::int32;
    NarrowRates rates;
    Gating gating;
    std::uint64_t output_lanes = 0;
    core::Cycles launch, start_up;  ///< of a kernel: configuration; until the first result leaves
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
    NarrowRates rates;
    std::vector<VectorOp> operations;
    core::Cycles launch, start_up;  ///< of a kernel: configuration; until the first result leaves
    [[nodiscard]] bool has(VectorOp op) const;
};

using Engine = std::variant<PeArray, DepthwiseUnit, VectorUnit, CustomUnit>;
[[nodiscard]] const std::string& name(const Engine& engine);
/// Multiply-accumulates a cycle at the engine's own precision (0 for a vector unit).
[[nodiscard]] std::uint64_t peak_macs(const Engine& engine);
/// Operations in place of one where both operands are narrower than the engine; 1 of a custom unit, whose rates its
/// file states.
[[nodiscard]] std::uint64_t narrow_rate(const Engine& engine, core::Precision one, core::Precision other);

}  // namespace dyad::hw_space
