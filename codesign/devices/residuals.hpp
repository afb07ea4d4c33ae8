// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "models/device/device.hpp"

namespace dyad::codesign {

/// An SVG figure of predicted / measured by class of kernels (a panel each) and size (measured time), for the samples
/// that the fit has not seen; a grey band marks 10 %. Points beyond the frame sit on its edge.
[[nodiscard]] std::string residual_plot(const models::Device& device, const std::vector<models::Sample>& samples);

}  // namespace dyad::codesign
