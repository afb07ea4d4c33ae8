// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/mapping.hpp"

namespace dyad::models {

/// The same counts by brute force: walks every step of every instance with explicit sets of elements. Slow on purpose.
[[nodiscard]] AccessCounts walk_accesses(const LoopNest& nest, const Hierarchy& hierarchy, const Mapping& mapping);

}  // namespace dyad::models
