// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/quantity.hpp"

namespace dyad::core {

/// Number formats; spelled as in YAML.
enum class Precision : std::uint8_t { int4, int8, int16, int32, fp16, bf16, fp32 };

[[nodiscard]] constexpr unsigned bits(Precision p) {
    constexpr unsigned table[] = {4, 8, 16, 32, 16, 16, 32};
    return table[static_cast<unsigned>(p)];
}
[[nodiscard]] constexpr bool is_integer(Precision p) { return p <= Precision::int32; }
/// Bytes that `words` elements take, rounded up to whole bytes.
[[nodiscard]] constexpr Bytes bytes_of(Words words, Precision p) { return Bytes((words.count() * bits(p) + 7) / 8); }
[[nodiscard]] std::string_view name(Precision p);
[[nodiscard]] std::optional<Precision> try_precision(std::string_view text);

}  // namespace dyad::core
