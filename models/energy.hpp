// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "hw_space/accelerator.hpp"

namespace dyad::models {

/// Energy of every elementary event on one chip at its voltage. Built once per accelerator.
struct EnergyTable {
    struct BufferAccess {
        core::Joules read_byte, write_byte;
    };
    std::vector<BufferAccess> buffers;             ///< parallel to Accelerator::buffers
    core::Joules dram_read_byte, dram_write_byte;  ///< without activates
    core::Joules dram_activate;
    core::Joules register_bit;  ///< one access of one bit of a flip-flop
    /// The same of each engine's storage (parallel to Accelerator::engines; weights, inputs, psums): scratchpads of
    /// more words than flip-flops are made of are SRAM. Depth 0 has the flip-flop's.
    std::vector<std::array<core::Joules, 3>> register_bits;
    /// Of custom units made of parts, by engine: a cycle in which all of them work. 0 for other engines.
    std::vector<core::Joules> unit_cycle;
    core::Joules core_byte;       ///< one byte between a core and what all cores share; 0 on a chip with one
    core::Joules wire_byte;       ///< one byte from the innermost buffer to an engine (half the chip's edge)
    core::Watts leakage;          ///< of the whole chip (DRAM's background apart), with its clock network's power
    core::Watts dram_background;  ///< all ranks of all channels: standby, and refresh where it is on
    /// A multiply-accumulate of operands of `weights` x `inputs` bits accumulated at the engine's precision. Operands
    /// wider than the engine's multiplier take several multiplications; an operand without storage of its own in the
    /// element is latched once. A custom unit's is what its file says.
    [[nodiscard]] core::Joules mac(const hw_space::Engine& engine, core::Precision weights,
                                   core::Precision inputs) const;
    /// One elementary operation of a vector unit.
    [[nodiscard]] core::Joules vector_op(hw_space::VectorOp op, core::Precision precision) const;

    /// Of a design whose file states every energy: a multiply-accumulate of whatever operands.
    std::optional<core::Joules> given_mac;
    /// {multiply, add} by Precision at the chip's voltage, with the share of clock and control.
    std::vector<std::array<core::Joules, 2>> operations;
};
/// By the chip's technology; of an imported hierarchy by its file alone, without leakage, wires, adders and what DRAM
/// takes beside its accesses. A level of several instances is the engine's storage (hw_space/explicit_chip.cpp): the
/// innermost that keeps an operand prices it.
[[nodiscard]] EnergyTable energy_table(const hw_space::Accelerator& accelerator);

/// One component of the chip and what it takes.
struct AreaPart {
    std::string component;  ///< engine or memory name, with "/" for its parts ("pe_array/multipliers")
    core::SquareMillimetres area;
};
/// All parts; the last is "wiring and control". DRAM and host are not on the chip.
[[nodiscard]] std::vector<AreaPart> area_parts(const hw_space::Accelerator& accelerator);
[[nodiscard]] core::SquareMillimetres area(const hw_space::Accelerator& accelerator);

/// Power of each component when everything is busy each cycle, and leakage: what `dyad describe` prints.
struct PowerPart {
    std::string component;
    core::Watts dynamic, leakage;
};
[[nodiscard]] std::vector<PowerPart> peak_power(const hw_space::Accelerator& accelerator);

/// The energies that the file of an imported hierarchy states.
[[nodiscard]] std::vector<core::Constant> given_energies(const hw_space::ExplicitHierarchy& hierarchy);

/// Every constant that takes part in this chip's energy, area and timing, with its source.
[[nodiscard]] std::vector<core::Constant> constants(const hw_space::Accelerator& accelerator);

}  // namespace dyad::models
