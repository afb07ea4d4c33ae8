// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dyad::arch_space::onnx {

enum class Scalar { f32, f64, f16, bf16, i8, u8, i16, u16, i32, i64 };

[[nodiscard]] std::size_t bytes_of(Scalar scalar);
/// IEEE 754 binary16, or bfloat16.
[[nodiscard]] double decode_half(std::uint16_t bits, Scalar scalar);
/// Little-endian values; bytes that make no whole value are left out.
[[nodiscard]] std::vector<double> decode(const std::string& bytes, Scalar scalar);

}  // namespace dyad::arch_space::onnx
