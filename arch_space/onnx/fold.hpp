// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

/// Computes a node whose inputs are constants; false if that cannot be done.
struct FoldEntry {
    const char* op;
    bool (*fold)(Importer&, const Node&);
};
[[nodiscard]] std::span<const FoldEntry> layout_folds();
/// Position in `from` of element `i` of `shape`; axes that `from` lacks or has once are spread.
[[nodiscard]] std::size_t spread_index(std::size_t i, const Shape& shape, const Shape& from);

}  // namespace dyad::arch_space::onnx
