// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "core/csv.hpp"

namespace dyad::arch_space::torch {

/// One kernel or network of a profile, ready to run.
using Run = std::function<void()>;

/// Makes what a row asks for (columns of configs/devices/README.md) with its inputs drawn. Throws core::Error for a row
/// that is no kernel.
[[nodiscard]] Run prepare(const core::CsvTable& table, const core::CsvTable::Row& row);

struct Timing {
    double least = 0, median = 0, spread = 0;  ///< seconds; spread: from the first to the third quartile
    std::size_t calls = 0;                     ///< timed
};
/// wall: what passes. processor: what this process computes; it stands still while others have the processor.
enum class Clock { wall, processor };
/// Runs until warm (3 calls, at least 5 ms), then times `repetitions` batches of calls, each at least 200 us long.
[[nodiscard]] Timing measure(const Run& run, std::size_t repetitions, Clock clock = Clock::wall);

}  // namespace dyad::arch_space::torch
