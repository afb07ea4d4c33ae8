// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

namespace dyad::arch_space::torch {

struct Window {
    std::vector<std::int64_t> stride, padding, dilation;
    std::int64_t groups;
};

/// at::conv2d without a bias, for slopes that are derived once more (not twice): ATen's own derivative of a kernel's
/// slope is a convolution by windows as large as the image, many times slower than the kernel's slope that it also is.
[[nodiscard]] at::Tensor convolution(const at::Tensor& image, const at::Tensor& kernel, const Window& window);

}  // namespace dyad::arch_space::torch
