// SPDX-License-Identifier: Apache-2.0
// Is the first axis of the inputs a batch? It is followed from node to node, wherever it is moved or merged with other
// axes, and must not meet an operator that computes across it.
#pragma once
#include <optional>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

/// Where the batch is in what a node makes of its inputs; nowhere if it is in none of them. Throws Crossed when the
/// node computes across it, Fault.
[[nodiscard]] std::optional<Place> batch_after(Importer& importer, const Node& node);
/// Whether an operator has such a rule, as all have that are read.
[[nodiscard]] bool has_batch_rule(const std::string& op);
/// The same of a node that stands for a whole pattern.
[[nodiscard]] std::optional<Place> batch_after(const Node& node, const Fused& fused, const Value& input);
/// The shape with the batch at its true size.
[[nodiscard]] Shape whole_shape(const Importer& importer, const Value& value);

struct View {
    Shape shape;
    Place batch;
};
/// What Reshape, Flatten, Squeeze or Unsqueeze make of a value with a batch: the target is a shape with the batch at
/// its true size. Throws Crossed, Fault.
[[nodiscard]] View view_with_batch(Importer& importer, const Node& node, const Value& value);

}  // namespace dyad::arch_space::onnx
