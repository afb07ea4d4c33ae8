// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/device.hpp"

namespace dyad::models {

/// Where no row of its class was measured, a parameter is only known as far as devices differ: from nothing but priors
/// by their spread, from a sibling by half of it. Sets the spread of physics that are taken `from` elsewhere.
void set_spread_as_taken(Physics& physics, const std::string& from);

/// Standard deviation of the logarithm of a time by what is not known of the physical parameters (delta method), of
/// kernels whose class was taken from priors or a sibling; and, `apart` from the networks that were measured (a kernel
/// alone, or a network unlike them), of those that were only ever measured within networks. 0 where errors on rows tell
/// more.
[[nodiscard]] double doubt(const Device& device, const WorkList& works, bool apart);

}  // namespace dyad::models
