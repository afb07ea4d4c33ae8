// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "core/precision.hpp"
#include "core/quantity.hpp"

namespace dyad::core {
class Value;
}

namespace dyad::hw_space {

/// One voltage and the fastest clock it allows.
struct OperatingPoint {
    core::Volts voltage;
    core::Hertz max_clock;
};

/// Energy and area of one arithmetic operation at the nominal voltage.
struct OperationCost {
    core::Joules multiply, add;
    core::SquareMillimetres multiply_area, add_area;
};

/// A technology node: configs/technology/NODE.yaml, every number with its source (kept in `constants`).
/// Energies hold at `nominal_voltage`; dynamic energy scales with V^2, leakage power with V.
struct Technology {
    std::string name;  ///< "16nm"
    double node_nm = 0;
    core::Volts nominal_voltage;
    std::vector<OperatingPoint> points;     ///< ascending
    std::vector<OperationCost> operations;  ///< by Precision
    core::Joules register_energy_per_bit;   ///< small register file, one access
    core::SquareMillimetres register_area_per_bit;
    /// SRAM read energy per access of `width` bits from a bank of `size` bytes: (a + b sqrt(size)) * width, fitted to
    /// CACTI points; the fields and the fit belong to the room's implementation (see technology.cpp).
    double sram_read_a = 0, sram_read_b = 0, sram_write_a = 0, sram_write_b = 0;
    double sram_area_a = 0, sram_area_b = 0;  ///< mm2 = a + b * bytes, per bank
    core::Watts sram_leakage_per_byte;
    core::Joules wire_energy_per_bit_mm;
    core::Watts logic_leakage_per_mm2;
    double area_overhead = 0;               ///< wiring and control, fraction of the components' sum
    std::vector<core::Constant> constants;  ///< every number above with its source
};

/// Timing and energy of one DRAM standard: a row of configs/technology/dram.yaml.
struct DramStandard {
    std::string name;            ///< "lpddr4-3200"
    unsigned bus_bits = 0;       ///< data bits of one channel
    double transfers_per_s = 0;  ///< data rate per pin
    unsigned burst_length = 0;   ///< transfers a burst
    unsigned banks = 0;          ///< per channel
    core::Bytes row;             ///< of one bank in one channel
    core::Seconds cas, rcd, precharge, row_cycle, refresh_interval, refresh_time, read_to_write, write_to_read;
    core::Joules energy_per_bit;       ///< read or write, core + I/O
    core::Joules energy_per_activate;  ///< activate + precharge
    core::Watts background;            ///< per channel
    std::vector<core::Constant> constants;

    [[nodiscard]] core::BytesPerSecond peak() const { return core::BytesPerSecond(bus_bits / 8.0 * transfers_per_s); }
    [[nodiscard]] core::Bytes burst() const { return core::Bytes(std::uint64_t{bus_bits} * burst_length / 8); }
};

/// By name ("16nm") from configs/technology/. Loaded once and shared; thread-safe. Throws core::Error with the known
/// names.
[[nodiscard]] std::shared_ptr<const Technology> technology(const std::string& name);
[[nodiscard]] std::shared_ptr<const DramStandard> dram_standard(const std::string& name);

}  // namespace dyad::hw_space
