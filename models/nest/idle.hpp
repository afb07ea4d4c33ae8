// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "models/mapping.hpp"

namespace dyad::models {

/// A loop some trips of which have no work: the trips before them cover the dimension already.
struct IdleLoop {
    std::size_t level = 0;
    std::string why;
};
/// All such loops of a mapping.
[[nodiscard]] std::vector<IdleLoop> idle_loops(const LoopNest& nest, const Mapping& mapping);

}  // namespace dyad::models
