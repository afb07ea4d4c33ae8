// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "hw_space/accelerator.hpp"
#include "models/kernel.hpp"

namespace dyad::models {

/// What mappings onto a chip's engines leave out that the chip itself might do, a sentence each; with a kernel,
/// what concerns that one. Nothing of an imported hierarchy, whose levels each have tiles of their own.
[[nodiscard]] std::vector<std::string> left_out(const hw_space::Accelerator& chip, const Kernel* kernel = nullptr);

}  // namespace dyad::models
