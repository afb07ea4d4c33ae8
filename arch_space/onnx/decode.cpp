// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/decode.hpp"

#include <bit>
#include <cmath>
#include <limits>

namespace dyad::arch_space::onnx {
namespace {

double decode_bits(std::uint64_t bits, Scalar scalar) {
    switch (scalar) {
        case Scalar::f32:
            return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
        case Scalar::f64:
            return std::bit_cast<double>(bits);
        case Scalar::f16:
        case Scalar::bf16:
            return decode_half(static_cast<std::uint16_t>(bits), scalar);
        case Scalar::i8:
            return static_cast<std::int8_t>(bits);
        case Scalar::i16:
            return static_cast<std::int16_t>(bits);
        case Scalar::i32:
            return static_cast<std::int32_t>(bits);
        case Scalar::i64:
            return static_cast<double>(static_cast<std::int64_t>(bits));
        default:
            return static_cast<double>(bits);
    }
}

}  // namespace

std::size_t bytes_of(Scalar scalar) {
    constexpr std::size_t table[] = {4, 8, 2, 2, 1, 1, 2, 2, 4, 8};
    return table[static_cast<std::size_t>(scalar)];
}

double decode_half(std::uint16_t bits, Scalar scalar) {
    if (scalar == Scalar::bf16) return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
    const int exponent = (bits >> 10) & 31;
    const double fraction = (bits & 1023) / 1024.0;
    double value = exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
    if (exponent == 31) value = fraction == 0 ? HUGE_VAL : std::numeric_limits<double>::quiet_NaN();
    return (bits & 0x8000) != 0 ? -value : value;
}

std::vector<double> decode(const std::string& bytes, Scalar scalar) {
    const auto width = bytes_of(scalar);
    std::vector<double> values;
    for (std::size_t at = 0; at + width <= bytes.size(); at += width) {
        std::uint64_t bits = 0;
        for (std::size_t i = width; i-- > 0;) bits = bits << 8 | static_cast<unsigned char>(bytes[at + i]);
        values.push_back(decode_bits(bits, scalar));
    }
    return values;
}

}  // namespace dyad::arch_space::onnx
