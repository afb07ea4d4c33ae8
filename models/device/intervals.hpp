// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/scores.hpp"

namespace dyad::models {

/// Fits `device` to `samples` (fit_kernels(), and fit_networks() where that brings the mean error down), and its 90 %
/// intervals: a fifth of the configurations at a time is predicted by what was fitted to the others, and the intervals
/// are quantiles of these errors (cross-conformal prediction; Vovk 2015), of each class of kernels and each kind of
/// networks apart. Errors of networks count over the magnitude that such networks have, where that is known well
/// enough to make the intervals narrower.
void fit_with_intervals(Device& device, const Samples& samples);

/// log(measured / predicted).
[[nodiscard]] double log_error(const Device& device, const Sample& sample);

/// The values between which 90 % of further ones lie, from those seen: conformal quantiles.
[[nodiscard]] Calibration::Band conformal_band(const std::vector<double>& errors);
/// The same of 1 to 18 errors, too few for quantiles: Student's t times their root mean square, at least the largest.
/// Throws std::logic_error for other numbers.
[[nodiscard]] Calibration::Band band_of_few(const std::vector<double>& errors);

}  // namespace dyad::models
