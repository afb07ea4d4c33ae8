// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "models/schedule.hpp"

namespace dyad::models {

enum class Fidelity { analytic, systemc, cycle, calibrated };
[[nodiscard]] std::string_view name(Fidelity fidelity);

/// What the engine with most to do waited for while a kernel ran, on the core with the largest part. Adds up to the
/// stall cycles. Known to a simulation only.
struct Stalls {
    core::Cycles prefetch;         ///< weights asked for ahead of its start
    core::Cycles loads;            ///< operands of its next tile: DRAM, links, other transfers
    core::Cycles stores;           ///< room for its next results
    core::Cycles ports;            ///< buffer ports and links that others used
    core::Cycles drain;            ///< its last results on their way out, other engines or cores still at work
    std::uint64_t row_misses = 0;  ///< DRAM rows opened
};

/// How a chain of kernels ran depth-first.
struct ChainReport {
    std::vector<std::string> engines;  ///< that worked side by side
    std::uint64_t tiles = 0, rows = 0, cols = 0;
    bool cached = true;                 ///< rows that tiles share were kept, not computed again
    std::uint64_t recomputed_macs = 0;  ///< beyond the kernels' own; in time and energy, not in `macs`
    core::Bytes held;                   ///< of the buffer, by what is between the kernels
};

/// What one kernel did. Times in seconds from the start of the network.
struct KernelReport {
    std::string name, op, engine;  ///< engine "host" for what no engine could run
    core::Seconds start, latency;
    core::Cycles cycles, stall_cycles;  ///< chip clock; stalls = cycles - compute, never negative
    std::uint64_t macs = 0;
    std::array<double, 3> density{1, 1, 1};  ///< fraction of non-zeros of weights, inputs and outputs
    double utilization = 0;                  ///< macs / (cycles x peak of its engine)
    std::optional<Stalls> stalls;
    EnergyParts energy;
    std::vector<Traffic> traffic;
    std::vector<std::string> members;
    std::optional<ChainReport> chain;
    std::string bound_by;  ///< "compute", a level's name, "network", or "overhead"
};

/// A unit with a module of its own: compute cycles of its kernels by its file's rates, and as its module played them.
struct UnitGap {
    std::string unit;
    core::Cycles file, module;
    [[nodiscard]] double relative() const {
        return file.count() == 0 ? 0 : static_cast<double>(module.count()) / static_cast<double>(file.count()) - 1;
    }
};

/// A network played on a chip at one fidelity: the result of analytic() and of sim::simulate().
struct Report {
    std::string network, accelerator;
    Fidelity fidelity = Fidelity::analytic;
    std::uint64_t batch = 1;
    core::Seconds latency;
    core::Cycles cycles;
    core::Joules energy;
    core::Watts power;  ///< energy / latency
    core::SquareMillimetres area;
    std::uint64_t macs = 0, parameters = 0;
    double utilization = 0;  ///< macs / (latency x peak of all engines)
    core::Bytes weight_bytes, peak_activation_bytes, dram_read, dram_write;
    std::vector<KernelReport> kernels;
    std::vector<UnitGap> plugins;  ///< units whose kernels a module of their own has timed
};

/// The closed forms: double-buffered tile pipelines per kernel, the kernels list-scheduled on their engines and one
/// DRAM.
[[nodiscard]] Report analytic(const Schedule& schedule);

/// JSON of `simulate` (interfaces.md).
[[nodiscard]] nlohmann::ordered_json to_json(const Report& report, const core::Manifest& manifest);

}  // namespace dyad::models
