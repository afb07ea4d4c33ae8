// SPDX-License-Identifier: Apache-2.0
// What an operator is told, wherever its operator set has it: attributes first, inputs later.
#pragma once
#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

/// Whole numbers of attribute `key` or, without it, of input `i`; empty when neither is there. Throws Fault.
[[nodiscard]] std::vector<std::int64_t> whole_numbers(const Importer& importer, const Node& node, const char* key,
                                                      std::size_t i);
/// A number of attribute `key` or input `i`.
[[nodiscard]] double number(const Importer& importer, const Node& node, const char* key, std::size_t i,
                            double fallback);
/// The only value of a small constant.
[[nodiscard]] std::optional<double> scalar(const Value& value);

/// The order of Transpose's axes.
[[nodiscard]] std::vector<std::uint64_t> order_of(const Node& node, std::size_t rank);

/// One axis of a Slice.
struct Cut {
    std::size_t axis;
    std::int64_t first, step;
    std::uint64_t count;
};
[[nodiscard]] std::vector<Cut> cuts_of(const Importer& importer, const Node& node, const Shape& shape);
[[nodiscard]] std::vector<std::uint64_t> parts_of(const Importer& importer, const Node& node, std::uint64_t size);
/// The shape after Reshape, Flatten, Squeeze or Unsqueeze.
[[nodiscard]] Shape shape_after(const Importer& importer, const Node& node, const Shape& shape);

}  // namespace dyad::arch_space::onnx
