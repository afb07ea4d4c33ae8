// SPDX-License-Identifier: Apache-2.0
// Sampling and grouping of point sets: operators of custom domains that number points, and the standard ones that pick
// by those numbers.
#pragma once
#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

/// Points of `data` that farthest point sampling has found among them: its own output. False if they are none such.
[[nodiscard]] bool pick_sampled(Importer& importer, const Node& node, const Shape& shape);
/// Groups less their centroids. False if the operands are no such.
[[nodiscard]] bool subtract_centroids(Importer& importer, const Node& node);
/// Groups of coordinates, less their centroids, and of features behind one another. False if the inputs are no such.
[[nodiscard]] bool join_groups(Importer& importer, const Node& node, std::size_t axis);

}  // namespace dyad::arch_space::onnx
