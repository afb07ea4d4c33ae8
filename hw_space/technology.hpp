// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "core/precision.hpp"
#include "core/quantity.hpp"

namespace dyad::core {
struct Document;
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

/// Energy of one access of w bits to a bank of b bytes: w per_bit + sqrt(b w) per_root + w sqrt(b) per_bit_root.
struct SramAccess {
    core::Joules per_bit, per_root, per_bit_root;
};

/// One bank of SRAM by its size, width and ports, fitted to CACTI 7 points.
struct Sram {
    core::Volts voltage;  ///< at which the coefficients hold
    SramAccess read_fit, write_fit;
    core::SquareMillimetres area_per_byte, area_per_bit_root;  ///< b area_per_byte + w sqrt(b) area_per_bit_root
    core::Watts leakage_per_byte, leakage_per_root;            ///< b leakage_per_byte + sqrt(b w) leakage_per_root

    [[nodiscard]] core::Joules read(core::Bytes bank, std::uint64_t bits, unsigned ports, core::Volts at) const;
    [[nodiscard]] core::Joules write(core::Bytes bank, std::uint64_t bits, unsigned ports, core::Volts at) const;
    [[nodiscard]] core::SquareMillimetres area(core::Bytes bank, std::uint64_t bits, unsigned ports) const;
    [[nodiscard]] core::Watts leakage(core::Bytes bank, std::uint64_t bits, unsigned ports, core::Volts at) const;
};

/// Growth of a cell with its ports. CACTI 7 adds two wire pitches of 2.5 features to each side of the 10.0 x 14.6
/// features of a single-ported cell: 1 for one port, 2.01 for two.
[[nodiscard]] double port_area_factor(unsigned ports);

/// A technology node: configs/technology/NODE.yaml, every number with its source (kept in `constants`).
/// Energies hold at `nominal_voltage`; dynamic energy scales with V^2, leakage power with V.
struct Technology {
    std::string name;  ///< "16nm"
    double node_nm = 0;
    core::Volts nominal_voltage;
    std::vector<OperatingPoint> points;     ///< ascending
    std::vector<OperationCost> operations;  ///< by Precision
    core::Joules register_energy_per_bit;   ///< flip-flop, one access
    core::SquareMillimetres register_area_per_bit;
    Sram sram;
    core::Joules wire_energy_per_bit_mm;
    core::Watts logic_leakage_per_mm2;
    double area_overhead = 0;               ///< wiring and control, fraction of the components' sum
    double energy_overhead = 0;             ///< clock and control, fraction of the energy of operations and registers
    std::vector<core::Constant> constants;  ///< every number above with its source

    /// (V / nominal)^2.
    [[nodiscard]] double energy_scale(core::Volts at) const;
    /// The fastest clock at `at`, straight between the operating points (outside them: that of the nearest).
    [[nodiscard]] core::Hertz max_clock(core::Volts at) const;
};

/// Shape, timing and energy of one DRAM standard: a section of configs/technology/dram.yaml, where every time is
/// defined. Names of the standards in parentheses.
struct DramStandard {
    std::string name;                                 ///< "lpddr4-3200"
    unsigned bus_bits = 0;                            ///< data bits of one channel
    double transfers_per_s = 0;                       ///< data rate per pin
    unsigned burst_length = 0;                        ///< transfers a burst
    unsigned bank_groups = 1;                         ///< per rank
    unsigned banks = 1;                               ///< per bank group
    core::Bytes row;                                  ///< of one bank in one channel
    core::Bytes capacity;                             ///< of one rank of one channel
    core::Seconds cas, cwl;                           ///< read (tCL) and write (tCWL) to the first datum
    core::Seconds rcd, precharge, ras;                ///< tRCD, tRP, tRAS
    core::Seconds ccd_s, ccd_l, rrd_s, rrd_l, faw;    ///< tCCD_S, tCCD_L, tRRD_S, tRRD_L, tFAW
    core::Seconds read_to_precharge, write_recovery;  ///< tRTP; tWR, from the end of the data
    core::Seconds wtr_s, wtr_l;                       ///< tWTR_S, tWTR_L, from the end of the data
    core::Seconds read_to_write, rank_switch;         ///< gaps on the data bus (tRTW, tRTRS)
    core::Seconds refresh_interval, refresh_time;     ///< tREFI, tRFC
    core::Joules read_bit, write_bit;                 ///< core + I/O
    core::Joules energy_per_activate;                 ///< activate + precharge
    core::Joules energy_per_refresh;                  ///< of all banks of one rank
    core::Watts background;                           ///< of one rank of one channel
    std::vector<core::Constant> constants;

    [[nodiscard]] core::BytesPerSecond peak() const { return core::BytesPerSecond(bus_bits / 8.0 * transfers_per_s); }
    [[nodiscard]] core::Bytes burst() const { return core::Bytes(std::uint64_t{bus_bits} * burst_length / 8); }
};

/// By name ("16nm") from configs/technology/. Loaded once and shared; thread-safe. Throws core::Error with the known
/// names.
[[nodiscard]] std::shared_ptr<const Technology> technology(const std::string& name);
[[nodiscard]] std::shared_ptr<const DramStandard> dram_standard(const std::string& name);
/// Names of the standards of configs/technology/dram.yaml, in file order.
[[nodiscard]] std::vector<std::string> dram_standard_names();

/// Read one file. Throw core::Error with all its errors.
[[nodiscard]] Technology read_technology(const core::Document& document);
[[nodiscard]] std::vector<DramStandard> read_dram_standards(const core::Document& document);

}  // namespace dyad::hw_space
