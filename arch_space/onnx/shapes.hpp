// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

/// An axis that may count from the end. Throws Fault when there is none such.
[[nodiscard]] std::size_t axis_of(std::int64_t axis, std::size_t rank);
/// A batch of 1 in front is left out.
[[nodiscard]] Shape without_batch(const Shape& shape);
/// At most three axes: the ones in front become one.
[[nodiscard]] Shape merged(const Shape& shape);
/// Product of the sizes [first, last).
[[nodiscard]] std::uint64_t product_of(const Shape& shape, std::size_t first, std::size_t last);
/// Shape of two operands side by side (NumPy's broadcasting). Throws Fault.
[[nodiscard]] Shape broadcast(const Shape& left, const Shape& right);
/// Throws BadShape beyond what a network file may have.
void check_size(const Shape& shape);
/// {channels, height, width} of N x C x spatial; one spatial axis becomes an image of one column. Throws Fault.
[[nodiscard]] Shape image(const Shape& shape);
/// The layer of several nodes at once.
void emit_fused(Importer& importer, const Node& node, const Fused& fused, const Value& input);
/// A normalisation of so many axes at the end as one; 0 = of the channels of an image.
void emit_norm(Importer& importer, const Node& node, const Value& input, const Normalisation& norm, const Value* scale,
               std::size_t axes);

}  // namespace dyad::arch_space::onnx
