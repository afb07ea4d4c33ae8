// SPDX-License-Identifier: Apache-2.0
#include "models/device/columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace dyad::models {
namespace {

constexpr const char* times = "latency_ms";

std::vector<std::string> known_columns(bool predicting) {
    std::vector<std::string> names{"op",     "network", "device", "batch", "in",       "out",   "size",
                                   "kernel", "stride",  "groups", "m",     "operands", "expand"};
    if (!predicting) names.emplace_back(times);
    return names;
}

/// Small letters without what is no letter, so that " OP" is `op`.
std::string plain(const std::string& name) {
    std::string letters;
    for (const unsigned char c : name)
        if (std::isalnum(c) != 0 || c == '_') letters += static_cast<char>(std::tolower(c));
    return letters;
}

/// The one of `names` that was meant. Short names are too near to everything to be guessed by distance.
std::string meant(const std::string& column, const std::vector<std::string>& names) {
    constexpr std::size_t shortest = 4;
    std::vector<std::string> longer;
    for (const auto& name : names) {
        if (plain(column) == name) return fmt::format(", did you mean '{}'?", name);
        if (name.size() >= shortest) longer.push_back(name);
    }
    return core::did_you_mean(column, longer);
}

}  // namespace

void refuse_misspelt(const CsvTable& table, bool predicting, core::Errors& errors) {
    const auto known = known_columns(predicting);
    std::vector<std::string> lacking;
    std::ranges::copy_if(known, std::back_inserter(lacking), [&](const auto& name) { return !table.has(name); });
    for (const auto& column : table.header) {
        if (std::ranges::find(known, column) != known.end()) continue;
        if (const auto guess = meant(column, lacking); !guess.empty())
            errors.add({table.file, 1, 0}, "", fmt::format("unknown column '{}'{}", core::shortened(column), guess));
    }
}

std::string no_profile(const CsvTable& table, bool predicting) {
    constexpr std::size_t longest = 200;
    std::string guess;
    for (const auto& column : table.header)
        if (guess.empty() && !predicting && !table.has(times)) guess = meant(column, {times});
    for (const auto& column : table.header)
        if (guess.empty() && !table.has("op")) guess = meant(column, {"op"});
    return fmt::format(
        "no profile: found the columns {}; expected op{}, or those of a table that "
        "configs/devices/README.md names{}",
        core::shortened(fmt::format("{}", fmt::join(table.header, ", ")), longest),
        predicting ? "" : fmt::format(" and {}", times), guess);
}

}  // namespace dyad::models
