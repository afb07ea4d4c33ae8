// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "sim/journal.hpp"
#include "sim/simulate.hpp"

namespace dyad::sim {

/// Plays a schedule in a session of its own: what happened to every step, in whole picoseconds and bytes.
/// Throws as simulate() does.
[[nodiscard]] std::vector<StepRecord> play(const models::Schedule& schedule, const Options& options = {});

}  // namespace dyad::sim
