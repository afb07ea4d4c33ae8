// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace dyad::models {

/// The kernels that a profile measures, as CSV without times (configs/devices/README.md): `each` shapes of every kind
/// (convolutions 1x1 to 7x7, depthwise, grouped, strided, linear, products, element-wise, softmax, normalisation,
/// pool). Sizes are spread evenly over their logarithm; a third of the channels are odd, vectors lie at and one beyond
/// powers of two, where caches end; no kernel has more than 2^30 MACs or 2^24 elements. Then the networks, batch 1. The
/// same arguments give the same rows.
[[nodiscard]] std::string profile_design(std::size_t each, const std::vector<std::string>& networks,
                                         std::uint64_t seed);

}  // namespace dyad::models
