// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "arch_space/builder.hpp"

namespace dyad::arch_space {

// Readers of the keys that many operators and blocks have. An absent key gives the fallback.

/// A size of at least `min`.
[[nodiscard]] std::uint64_t size(core::Object& object, const std::string& key, std::uint64_t fallback,
                                 std::int64_t min = 1);
/// A size that must be there.
[[nodiscard]] std::uint64_t required_size(core::Object& object, const std::string& key);
[[nodiscard]] std::uint64_t required_size(core::Object& object, const std::string& key, const std::string& expected);
[[nodiscard]] double number(core::Object& object, const std::string& key, double fallback, double min, double max);
[[nodiscard]] bool flag(core::Object& object, const std::string& key, bool fallback);
/// `3` or `[3, 5]` (height, width).
[[nodiscard]] Pair pair(core::Object& object, const std::string& key, Pair fallback, std::int64_t min = 1);
/// `[1, 2, 3]`.
[[nodiscard]] std::vector<std::uint64_t> sizes(const core::Value& value, std::int64_t min = 1);
/// `pad`: `2`, `[1, 2]` (rows, columns), `[top, bottom, left, right]` or `same`.
[[nodiscard]] Padding padding(core::Object& object, Padding fallback);
/// `activation`: a name, or `none`.
[[nodiscard]] std::optional<Activation> activation(core::Object& object, std::optional<Activation::Kind> fallback = {});
/// `norm`: batch_norm, layer_norm, {group_norm: {groups: 32}}, or `none`.
[[nodiscard]] std::optional<Normalisation> norm(core::Object& object, std::optional<Normalisation> fallback = {});
[[nodiscard]] Normalisation parse_group_norm(core::Object& object);
/// `density`: {weights: ..., activations: ..., source: ...}. One without a source is refused.
[[nodiscard]] Densities density(core::Object& object, Densities outer);
/// `precision`: a format for both, or {weights: ..., activations: ...}; and `density`.
[[nodiscard]] Precisions precision(core::Object& object, Precisions outer);
/// Any of the formats, index numbers (int32) too.
[[nodiscard]] core::Precision any_precision(const core::Value& value);

}  // namespace dyad::arch_space
