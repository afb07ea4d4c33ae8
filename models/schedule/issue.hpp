// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/schedule/candidates.hpp"

namespace dyad::models {

/// List scheduling: of all kernels whose inputs are there, the one that can start first is issued next (the first of
/// the network file among equals), on the engine that finishes it best. Steps in order of issue with node, engine,
/// plan, `after` and the host's part; everything in DRAM yet.
[[nodiscard]] std::vector<Step> issue_order(const Candidates& candidates, const hw_space::Accelerator& accelerator,
                                            Objective objective, const Estimator& estimator);

}  // namespace dyad::models
