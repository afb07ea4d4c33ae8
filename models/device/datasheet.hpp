// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/scores.hpp"

namespace dyad::models {

/// A device known by its datasheet alone: physics relative to the datasheet and trees of kernels, both fitted to the
/// rows of other devices (Sample::platform) together.
[[nodiscard]] Device from_datasheet(const Device& device, const Samples& others);
/// Gives it intervals: the errors on each of the others when it is left out.
void add_intervals(Device& from_datasheet, const Samples& others);

}  // namespace dyad::models
