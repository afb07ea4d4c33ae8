// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "arch_space/operators.hpp"

namespace dyad::arch_space::onnx {

/// The keys (`out: 64`) that an operator has in a network file.
[[nodiscard]] std::vector<std::string> spelling(const Operator& op, const Shapes& in);

}  // namespace dyad::arch_space::onnx
