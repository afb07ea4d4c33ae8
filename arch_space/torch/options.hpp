// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace dyad::arch_space::torch {

// Options of a request, by key; `fallback` where there is none. All throw core::Error `key: found ..., expected ...`.

/// A whole number in [min, max].
[[nodiscard]] std::uint64_t whole(const nlohmann::ordered_json& options, const std::string& key, std::uint64_t fallback,
                                  std::uint64_t min, std::uint64_t max);
/// A number in [min, max].
[[nodiscard]] double number(const nlohmann::ordered_json& options, const std::string& key, double fallback, double min,
                            double max);
[[nodiscard]] bool flag(const nlohmann::ordered_json& options, const std::string& key, bool fallback);
[[nodiscard]] std::string text(const nlohmann::ordered_json& options, const std::string& key,
                               const std::string& fallback);
/// Throws core::Error for the first key that is not `known`.
void expect_known(const nlohmann::ordered_json& options, const std::vector<std::string>& known);

}  // namespace dyad::arch_space::torch
