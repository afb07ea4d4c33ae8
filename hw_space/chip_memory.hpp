// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "core/quantity.hpp"

namespace dyad::hw_space {

struct Accelerator;

/// What a chip can store of weights, inputs and sums: its buffers, the registers of its arrays, the SRAM and registers
/// of units made of parts; of an imported hierarchy every bounded level below the outermost one. All cores together.
[[nodiscard]] core::Bytes chip_memory(const Accelerator& chip);

}  // namespace dyad::hw_space
