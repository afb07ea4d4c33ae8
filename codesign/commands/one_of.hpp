// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace dyad::codesign {

/// For CLI::Option::transform: one of the names, as the value it stands for.
template <class E>
[[nodiscard]] CLI::Validator one_of(const std::map<std::string, E>& names) {
    const auto read = [names](std::string& text) -> std::string {
        if (const auto found = names.find(text); found != names.end()) {
            text = std::to_string(static_cast<int>(found->second));
            return "";
        }
        std::string all;
        for (const auto& [name, value] : names) all += (all.empty() ? "" : ", ") + name;
        return fmt::format("found '{}', expected one of {}", text, all);
    };
    return {read, ""};
}

}  // namespace dyad::codesign
