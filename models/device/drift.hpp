// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/device/trees.hpp"

namespace dyad::models {

/// Trees of kernels from rows in the order in which they were measured. Where what plain trees leave over is alike in
/// neighbouring rows, and the order itself says nothing of the features, the machine has drifted meanwhile (the fixed
/// cost of a call may grow with the calls before it): trees that see the place of a row as well tell by how much, and
/// the trees returned are fitted to the times less that, at the place that is typical.
[[nodiscard]] Trees fit_steady(const std::vector<std::vector<float>>& rows, const std::vector<double>& targets);

}  // namespace dyad::models
