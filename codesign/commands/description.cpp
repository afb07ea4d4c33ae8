// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/description.hpp"

#include <fmt/format.h>

namespace dyad::codesign {
namespace {

std::string cell(const Description::Json& value, bool exact) {
    if (value.is_null()) return "";
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number_float())
        return exact ? fmt::format("{}", value.get<double>()) : fmt::format("{:.4g}", value.get<double>());
    if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
    return value.dump();
}

Table table(const Description::Section& section, bool exact) {
    Table all(section.columns);
    for (const auto& row : section.rows) {
        std::vector<std::string> cells;
        for (const auto& value : row) cells.push_back(cell(value, exact));
        all.add(std::move(cells));
    }
    return all;
}

}  // namespace

std::string Description::text() const {
    std::string text = fmt::format("{} {}\n\n", kind, name);
    std::size_t width = 0;
    for (const auto& [key, value] : facts.items()) width = std::max(width, key.size());
    for (const auto& [key, value] : facts.items()) text += fmt::format("{:<{}}  {}\n", key, width, cell(value, false));
    for (const auto& section : sections)
        if (!section.rows.empty()) text += fmt::format("\n{}\n{}", section.title, table(section, false).text());
    return text;
}

Description::Json Description::json() const {
    Json json{{"schema", "dyad/description/1"}, {"kind", kind}, {"name", name}};
    json.update(facts);
    for (const auto& section : sections) {
        auto& rows = json[section.title] = Json::array();
        for (const auto& row : section.rows) {
            Json object = Json::object();
            for (std::size_t c = 0; c < row.size(); ++c) object[section.columns[c]] = row[c];
            rows.push_back(std::move(object));
        }
    }
    return json;
}

std::string Description::csv() const { return sections.empty() ? "" : table(sections.front(), true).csv(); }

}  // namespace dyad::codesign
