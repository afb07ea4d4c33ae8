// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/draw.hpp"

#include <ATen/ATen.h>

#include <cmath>
#include <numbers>

namespace dyad::arch_space::torch {

at::Tensor uniform(at::IntArrayRef shape, double bound, core::Stream& random) {
    auto tensor = at::empty(shape, at::kFloat);
    auto* values = tensor.data_ptr<float>();
    const auto value = [&](std::uint64_t bits) {  // of 24 bits
        return static_cast<float>(bound * (static_cast<double>(bits) * 0x1p-23 - 1));
    };
    for (std::int64_t i = 0; i < tensor.numel(); i += 2) {
        const auto bits = random.bits();
        values[i] = value(bits >> 40);
        if (i + 1 < tensor.numel()) values[i + 1] = value(bits & 0xFFFFFF);
    }
    return tensor;
}

at::Tensor normal(at::IntArrayRef shape, core::Stream& random) {
    auto tensor = at::empty(shape, at::kFloat);
    auto* values = tensor.data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); i += 2) {  // two at a time (Box and Muller, 1958); 1 - u is never 0
        const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
        const double angle = 2 * std::numbers::pi * random.uniform();
        values[i] = static_cast<float>(radius * std::cos(angle));
        if (i + 1 < tensor.numel()) values[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    return tensor;
}

}  // namespace dyad::arch_space::torch
