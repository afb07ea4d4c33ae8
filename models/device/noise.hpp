// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/device.hpp"

namespace dyad::models {

/// What the rows tell of their own noise; `samples` in the order in which they were measured.
[[nodiscard]] NoiseFloor noise_floor(const Samples& samples);

}  // namespace dyad::models
