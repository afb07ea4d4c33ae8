// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "models/report.hpp"
#include "models/schedule.hpp"

namespace dyad::sim {

struct Options {
    bool jump = true;             ///< skip repeats once tile traffic is periodic (cost_model.md section 7)
    std::filesystem::path trace;  ///< Chrome trace (JSON) of the run; empty = none
    std::uint64_t seed = 0;
    /// With Fidelity::cycle the kernels of systolic arrays and depthwise units first run cycle by cycle, on real words
    /// checked against a reference (sim/cycle/measure.hpp); their tiles then take the cycles that this took.
    models::Fidelity fidelity = models::Fidelity::systemc;
    std::filesystem::path vcd{};  ///< waveform of those cycles; empty = none
};

/// Plays a schedule on its chip in SystemC, tile by tile. One at a time per process (the SystemC kernel is a global
/// variable). Throws std::runtime_error naming the waiting steps when the schedule deadlocks.
[[nodiscard]] models::Report simulate(const models::Schedule& schedule, const Options& options = {});

}  // namespace dyad::sim
