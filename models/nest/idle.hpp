// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "models/mapping.hpp"

namespace dyad::models {

/// What is wrong with one level of a mapping.
struct LevelFault {
    std::size_t level = 0;
    std::string why;
};
/// Loops some trips of which have no work: the trips before them cover the dimension already.
[[nodiscard]] std::vector<LevelFault> idle_loops(const LoopNest& nest, const Mapping& mapping);

}  // namespace dyad::models
