// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <set>
#include <string>

#include "arch_space/onnx/model.hpp"
#include "arch_space/operators.hpp"

namespace dyad::arch_space::onnx {

/// Several nodes that are one layer: `op` of `input`, at the last of them.
struct Fused {
    Operator op;
    std::string input;
    std::string scale{};   ///< of a normalisation: the table of its factors
    std::size_t axes = 0;  ///< of a normalisation: so many axes at the end as one; 0 = channels of an image
};
struct Patterns {
    std::map<std::string, Fused> at;  ///< by the name of the value they make
    std::set<std::string> inner;      ///< values that disappear
};

/// Recognizes activations and normalisations that exporters spell out in elementary operators.
[[nodiscard]] Patterns find_patterns(const Model& model);

}  // namespace dyad::arch_space::onnx
