// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

/// A node's two activations, each spread to the other's shape.
void join_activations(Importer& importer, const Node& node, Elementwise::Kind kind);
/// A product with or sum of a constant: left out where it is a single number or a mask before a softmax.
void join_table(Importer& importer, const Node& node, const Value& input, const Value& table, bool sum);

}  // namespace dyad::arch_space::onnx
