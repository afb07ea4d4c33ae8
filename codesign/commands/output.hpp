// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace dyad::codesign {

enum class Format { table, json, csv, scalesim, html };

/// What every command can be told about what it prints.
struct Output {
    Format format = Format::table;
    std::string path;  ///< of `-o`: a file, or the directory of a run; empty = standard output
    bool quiet = false;
};

/// Rows under a header.
class Table {
public:
    explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    /// Aligned columns, numbers to the right.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string csv() const;

private:
    std::vector<std::string> header_;
    std::vector<std::vector<std::string>> rows_;
};

/// Writes to the file of `-o`, or to standard output. Throws core::Error when that fails.
void print(const Output& output, const std::string& text);
/// Indented JSON and a line feed.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& json);

}  // namespace dyad::codesign
