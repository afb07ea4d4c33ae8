// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include "core/random.hpp"

namespace dyad::arch_space::torch {

/// Tensors of single precision from a stream of our own, so that they are the same on any machine and thread count.
/// Uniform within `bound` on either side of 0, in steps of 2^-23 of it.
[[nodiscard]] at::Tensor uniform(at::IntArrayRef shape, double bound, core::Stream& random);
/// Standard normal.
[[nodiscard]] at::Tensor normal(at::IntArrayRef shape, core::Stream& random);

}  // namespace dyad::arch_space::torch
