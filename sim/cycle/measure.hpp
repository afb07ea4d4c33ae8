// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>

#include "models/schedule.hpp"

namespace dyad::sim {

struct CycleOptions {
    bool jump = true;  ///< of the tiles of a kernel between the first and the last, one of each shape
    std::uint64_t seed = 0;
    std::filesystem::path vcd{};  ///< waveform of the first cycles; empty = none
};

/// Element-cycles that one run may take: some minutes of computing.
inline constexpr double most_element_cycles = 2e11;
/// Cycles that a waveform holds at most.
inline constexpr std::uint64_t most_traced_cycles = 5'000;

/// Runs the kernels of systolic arrays and depthwise units cycle by cycle on random operands, in a session of its own,
/// and checks every output against the reference(). Returns the schedule with the cycles that the tiles took. Throws
/// core::Error for what it does not model: an array of another dataflow, operands that are not integers of at most 16
/// bits, more than most_element_cycles.
[[nodiscard]] models::Schedule measured(models::Schedule schedule, const CycleOptions& options);

}  // namespace dyad::sim
