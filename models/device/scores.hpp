// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/device.hpp"

namespace dyad::models {

/// Errors of a calibrated device on `unseen`, group by group: its own predictors, two baselines fitted to `fitted`
/// (MACs alone; linear in MACs, elements and counts of kernels), what its datasheet alone tells (or nothing), coverage
/// of its interval, noise of the rows.
void score(Device& device, const Device* from_datasheet, const Samples& fitted, const Samples& unseen);

}  // namespace dyad::models
