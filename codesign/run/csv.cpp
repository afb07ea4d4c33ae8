// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/csv.hpp"

namespace dyad::codesign {
namespace {

std::string quoted(const std::string& cell) {
    if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
    std::string text = "\"";
    for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + "\"";
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) line += (i > 0 ? "," : "") + quoted(cells[i]);
    return line + "\n";
}

std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    bool quoted = false, open = false;  // inside quotes; inside a row
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (!open && c == '\n') continue;
        if (!open) rows.push_back({""});
        open = true;
        auto& cell = rows.back().back();
        if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"')
            cell += text[++i];
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == ',')
            rows.back().emplace_back();
        else if (!quoted && c == '\n')
            open = false;
        else if (quoted || c != '\r')
            cell += c;
    }
    return rows;
}

}  // namespace dyad::codesign
