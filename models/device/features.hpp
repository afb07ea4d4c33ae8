// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/device/physical.hpp"

namespace dyad::models {

/// What boosted trees see of a kernel: sizes, shares of whole waves and tiles at common tile shapes, alignment, and the
/// physical prediction beside the roofline. The order is part of the file format of trees.
[[nodiscard]] std::vector<float> kernel_features(const Platform& platform, const Work& work, double physical);

/// Where a kernel stands for the correction of networks: logarithms of its sizes, and its class.
inline constexpr std::size_t place_size = 8;
[[nodiscard]] std::array<double, place_size> kernel_place(const Work& work);

}  // namespace dyad::models
