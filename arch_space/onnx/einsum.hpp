// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

/// The axes of each operand and of the result by a letter; those of "..." by digits, from the last on.
struct Terms {
    std::vector<std::string> operands;
    std::string out;
};
/// What an Einsum's equation says. Throws Fault where it does not fit the operands, or an operand has an axis twice.
[[nodiscard]] Terms terms_of(const Importer& importer, const Node& node);
/// The shape of its result. Throws Fault.
[[nodiscard]] Shape einsum_shape(const Importer& importer, const Node& node);

}  // namespace dyad::arch_space::onnx
