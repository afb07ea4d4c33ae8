// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& key, const Json& value, const std::string& expected) {
    const auto found = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    throw core::Error(fmt::format("{}: found {}, expected {}", key, core::shortened(found), expected));
}

}  // namespace

std::uint64_t whole(const Json& options, const std::string& key, std::uint64_t fallback, std::uint64_t min,
                    std::uint64_t max) {
    if (!options.contains(key)) return fallback;
    const auto& value = options[key];
    const auto found = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
    if (!value.is_number_unsigned() || found < min || found > max)
        fail(key, value, fmt::format("a whole number from {} to {}", min, max));
    return found;
}

double number(const Json& options, const std::string& key, double fallback, double min, double max) {
    if (!options.contains(key)) return fallback;
    const auto& value = options[key];
    if (!value.is_number() || !(value.get<double>() >= min && value.get<double>() <= max))
        fail(key, value, fmt::format("a number from {:g} to {:g}", min, max));
    return value.get<double>();
}

bool flag(const Json& options, const std::string& key, bool fallback) {
    if (!options.contains(key)) return fallback;
    if (!options[key].is_boolean()) fail(key, options[key], "true or false");
    return options[key].get<bool>();
}

std::string text(const Json& options, const std::string& key, const std::string& fallback) {
    if (!options.contains(key)) return fallback;
    if (!options[key].is_string()) fail(key, options[key], "a text");
    return options[key].get<std::string>();
}

void expect_known(const Json& options, const std::vector<std::string>& known) {
    for (const auto& [key, value] : options.items())
        if (std::ranges::find(known, key) == known.end())
            throw core::Error(fmt::format("unknown key '{}'{}", core::shortened(key), core::did_you_mean(key, known)));
}

}  // namespace dyad::arch_space::torch
