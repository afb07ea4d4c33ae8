// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dyad::arch_space {

/// Sizes of a tensor without the batch: {channels, height, width} for images, {tokens, width} for sequences, {points,
/// width}.
using Shape = std::vector<std::uint64_t>;

/// Stands for the real operator types until they are written.
struct Operator {
    std::string kind;
};

}  // namespace dyad::arch_space
