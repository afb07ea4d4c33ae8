// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>

#include "arch_space/onnx/importer.hpp"

namespace dyad::arch_space::onnx {

[[nodiscard]] std::span<const HandlerEntry> window_handlers();
[[nodiscard]] std::span<const HandlerEntry> matrix_handlers();
[[nodiscard]] std::span<const HandlerEntry> pointwise_handlers();
[[nodiscard]] std::span<const HandlerEntry> layout_handlers();
[[nodiscard]] std::span<const HandlerEntry> selection_handlers();
[[nodiscard]] std::span<const HandlerEntry> einsum_handlers();
[[nodiscard]] std::span<const HandlerEntry> function_handlers();
[[nodiscard]] std::span<const HandlerEntry> point_handlers();
[[nodiscard]] std::span<const HandlerEntry> attention_handlers();
[[nodiscard]] std::span<const HandlerEntry> fused_handlers();

}  // namespace dyad::arch_space::onnx
