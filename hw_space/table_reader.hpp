// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/manifest.hpp"
#include "core/value.hpp"

namespace dyad::hw_space {

/// Reads the numbers of one section of a table and keeps each with its source.
class TableReader {
public:
    TableReader(core::Object& section, std::string prefix, std::string source, std::vector<core::Constant>& constants)
        : section_(section), prefix_(std::move(prefix)), source_(std::move(source)), constants_(constants) {}

    template <class Q>
    Q quantity(const std::string& key, Q min, Q max, const char* unit) {
        const auto value = section_.require(key, std::string(core::expected_quantity<Q>())).quantity(min, max);
        keep(key, static_cast<double>(value.count()), unit);
        return value;
    }
    double number(const std::string& key, double min, double max) {
        const double value = section_.require(key, "a number").number(min, max);
        keep(key, value, "");
        return value;
    }
    std::uint64_t count(const std::string& key, std::int64_t min, std::int64_t max) {
        const auto value = section_.require(key, "a whole number").integer(min, max);
        keep(key, static_cast<double>(value), "");
        return static_cast<std::uint64_t>(value);
    }

private:
    void keep(const std::string& key, double value, const char* unit) {
        constants_.push_back({prefix_ + "." + key, value, unit, source_});
    }

    core::Object& section_;
    std::string prefix_, source_;
    std::vector<core::Constant>& constants_;
};

/// The text of `key`, which says where the numbers beside it are from.
[[nodiscard]] inline std::string source_of(core::Object& section, const std::string& key = "source") {
    return section.require(key, "where the numbers are from").text();
}

}  // namespace dyad::hw_space
