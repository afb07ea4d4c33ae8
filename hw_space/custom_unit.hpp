// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/precision.hpp"
#include "core/quantity.hpp"

namespace dyad::hw_space {

/// What a unit is made of, priced by the chip's technology: its area, and its energy in a cycle in which all of it
/// works.
struct UnitParts {
    std::uint64_t multipliers = 0, adders = 0;  ///< at the unit's precision; of its sums
    std::uint64_t tables = 0;                   ///< piecewise-linear functions (exp, reciprocal, ...)
    core::Bytes registers{}, register_bytes{};  ///< flip-flops; bytes of them that are read or written each cycle
    core::Bytes sram{}, sram_width{};           ///< size of all banks; of one access to one bank, each cycle
    unsigned sram_banks = 1;
};

/// Bounds on the kernels that a unit accepts; 0 = none.
struct UnitLimits {
    std::uint64_t groups = 0, pixels = 0, channels = 0, filters = 0;  ///< of a nest: G, P x Q, C, K
    std::uint64_t inputs = 0;                                         ///< words of a vector kernel's inputs
};

/// A unit described by what it accepts, its rates, its ports and what it costs (configs/units/).
struct CustomUnit {
    std::string name{};
    std::vector<std::string> operators{};                          ///< operator names of network files
    std::vector<std::uint64_t> kernels{}, strides{}, dilations{};  ///< empty = any
    std::vector<core::Precision> precisions{};                     ///< of operands; empty = all that fit its own
    UnitLimits at_most{};
    core::Precision precision = core::Precision::int8;
    core::Precision accumulate = core::Precision::int32;
    /// Multiply-accumulates a cycle, or elementary operations of vector kernels that have no rate of their own.
    double operations_per_cycle = 0;
    double elements_per_cycle = 0;  ///< of vector kernels: of their inputs or outputs, whichever are more
    /// Of nests: so much of each dimension (the rest of them 1) in so many cycles; tiles at the edges take as long.
    std::vector<std::pair<std::string, std::uint64_t>> tile{};
    double cycles_per_tile = 1;
    std::uint64_t passes = 0;   ///< over the inputs of a vector kernel at most; 0 = as many as the operator makes
    bool skips_masked = false;  ///< leaves out products that a causal mask throws away
    core::BytesPerSecond bandwidth{};     ///< of its port to the buffer, both ways together; 0 = the buffer's
    core::Bytes port_in{}, port_out{};    ///< bytes a cycle; 0 = the buffer's
    core::Cycles launch{}, start_up{};    ///< of a kernel: configuration; until the first result leaves
    core::Joules energy_per_operation{};  ///< where it has no parts
    core::SquareMillimetres area{};       ///< where it has no parts
    std::optional<UnitParts> parts{};
    std::string source{};  ///< of its figures
    std::string plugin{};  ///< library with the unit's own SystemC module, as a path; empty = none

    /// Multiply-accumulates a cycle of whole tiles; 0 when it runs no nests.
    [[nodiscard]] double macs_per_cycle() const;
    /// Cycles in which its ports move so much from and to the buffer.
    [[nodiscard]] double port_cycles(double in_bytes, double out_bytes, core::Hertz clock) const;
};

}  // namespace dyad::hw_space
