// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "codesign/run/csv.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

bool is_numeric(const std::string& cell) { return !cell.empty() && (std::isdigit(cell[0]) != 0 || cell[0] == '-'); }

std::string padded(const std::string& cell, std::size_t width, bool right) {
    return right ? fmt::format("{:>{}}", cell, width) : fmt::format("{:<{}}", cell, width);
}

}  // namespace

std::string Table::text() const {
    std::vector<std::size_t> widths;
    std::vector<bool> right;
    for (std::size_t c = 0; c < header_.size(); ++c) {
        widths.push_back(header_[c].size());
        for (const auto& row : rows_) widths[c] = std::max(widths[c], row[c].size());
        right.push_back(!rows_.empty() && std::all_of(rows_.begin(), rows_.end(), [c](const auto& row) {
            return row[c].empty() || is_numeric(row[c]);
        }));
    }
    const auto line = [&](const std::vector<std::string>& cells) {
        std::string text;
        for (std::size_t c = 0; c < cells.size(); ++c)
            text += (c > 0 ? "  " : "") + padded(cells[c], widths[c], right[c]);
        return text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
    };
    std::string text = line(header_);
    for (const auto& row : rows_) text += line(row);
    return text;
}

std::string Table::csv() const {
    std::string text = csv_line(header_);
    for (const auto& row : rows_) text += csv_line(row);
    return text;
}

void print(const Output& output, const std::string& text) {
    if (!output.path.empty()) return core::write_file(output.path, text);
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (!written) throw core::Error(fmt::format("standard output: cannot write: {}", std::strerror(errno)));
}

std::string json_text(const nlohmann::ordered_json& json) {
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace dyad::codesign
