// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/scores.hpp"

namespace dyad::models {

/// Fits physics, trees of kernels and the correction of networks of `device` (whose calibration holds the physics to
/// start from) to `samples`; keeps the network's own trees as they are.
void fit_kernels(Device& device, const Samples& samples);

/// Trees of whole networks over what their kernels add up to, kept where they bring the mean error on `unseen` down.
void fit_networks(Device& device, const Samples& samples, const Samples& unseen);

/// The magnitude of errors by network, from rows that nothing was fitted to.
void fit_spread(Device& device, const Samples& unseen);

/// The 90 % intervals from the errors on rows that nothing was fitted to (split conformal prediction; Vovk et al.
/// 2005), of networks for each fifth of their spreads apart.
void fit_bands(Device& device, const Samples& unseen);

/// log(measured / predicted).
[[nodiscard]] double log_error(const Device& device, const Sample& sample);

}  // namespace dyad::models
