// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "models/kernel.hpp"

namespace dyad::core {
class Value;
}  // namespace dyad::core

namespace dyad::models {

/// Reads a KERNEL of the command line (interfaces.md): `conv:N,C,H,W,K,R,S,stride,pad[,groups]`, `gemm:M,N,K`,
/// `vector:INPUTS,OUTPUTS,OPERATION=COUNT[,...][,passes=N][,weights=N]` (elements, and elementary operations in all),
/// or a kernel file. C and K of a convolution are of all groups together. Sizes may be followed by `@` and a precision
/// (`gemm:64,64,64@bf16`), else it is int8. Throws core::Error.
[[nodiscard]] Kernel read_kernel(const std::string& argument);
/// Whether an argument gives a kernel by its sizes.
[[nodiscard]] bool is_short_kernel(const std::string& argument);

/// Reads a kernel file:
///     kernel: conv
///     dimensions: {R: 3, P: 8, C: 4, M: 8}
///     tensors: {weights: [C, M, R], inputs: [C, R + 2*P], outputs: [M, P]}
///     precision: int8
///     density: {inputs: 0.4, source: "Table 2 of ..."}    # fractions of non-zeros; 1 if absent
/// Each axis of a tensor is a sum of dimensions, times a stride where needed. Records every error in value.errors();
/// returns nothing then.
[[nodiscard]] std::optional<Kernel> parse_kernel(const core::Value& value);

/// A nest as the text of a kernel file.
[[nodiscard]] std::string kernel_yaml(const std::string& name, const LoopNest& nest);

/// Why a nest cannot be counted in 64 bits; empty when it can.
[[nodiscard]] std::string why_too_large(const LoopNest& nest);

}  // namespace dyad::models
