// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "hw_space/accelerator.hpp"

namespace dyad::models {

/// Up to this many words a register is made of flip-flops, beyond of SRAM. Estimate: Eyeriss (Chen et al., JSSC 2017)
/// makes its scratchpads of 12 and 24 words of registers and that of 224 words of SRAM.
inline constexpr std::uint64_t flip_flop_words = 32;

/// Pieces of a vector unit's piecewise-linear exp, erf, reciprocal and rsqrt, each a slope and an intercept of 16 bits
/// (Yu et al., "NN-LUT", DAC 2022: 16 pieces keep a transformer's accuracy).
inline constexpr std::uint64_t function_pieces = 16, function_bits = 32;

[[nodiscard]] bool needs_function_table(hw_space::VectorOp op);

/// A part of the chip: "MEMORY", "ENGINE/PART" or "dma".
struct Component {
    std::string name;
    core::SquareMillimetres area;
    core::Watts leakage;  ///< at the chip's voltage
};

/// Every part but wiring and control.
[[nodiscard]] std::vector<Component> components(const hw_space::Accelerator& accelerator);

}  // namespace dyad::models
