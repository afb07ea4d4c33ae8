// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/report.hpp"
#include "models/schedule.hpp"

namespace dyad::sim {

/// Lets the modules of plug-in units play the tiles of their kernels, each shape of tile once, and gives those tiles of
/// `schedule` the cycles that this took. Returns the units and what their files had estimated. Throws core::Error
/// naming unit and kernel when a module throws, stalls, crashes, ends the program or answers what is no time.
[[nodiscard]] std::vector<models::UnitGap> play_units(models::Schedule& schedule);

}  // namespace dyad::sim
