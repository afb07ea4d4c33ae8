// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/device/physical.hpp"

namespace dyad::models {

/// What boosted trees see of a kernel: sizes, shares of whole waves and tiles at common tile shapes, alignment, and the
/// physical prediction beside the roofline. The order is part of the file format of trees.
[[nodiscard]] std::vector<float> kernel_features(const Platform& platform, const Work& work, double physical);

/// What boosted trees see of a network beside the sum of its kernels, `seconds`: how many there are of which kind, how
/// they hang together.
[[nodiscard]] std::vector<float> network_features(const Platform& platform, const WorkList& works, double seconds);

/// Where a kernel stands for the correction of networks: logarithms of its sizes, and its class.
inline constexpr std::size_t place_size = 8;
[[nodiscard]] std::array<double, place_size> kernel_place(const Work& work);

}  // namespace dyad::models
