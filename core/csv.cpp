// SPDX-License-Identifier: Apache-2.0
#include "core/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/files.hpp"

namespace dyad::core {
namespace {

/// Cuts text into rows of cells.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}
    [[nodiscard]] bool done() const { return at_ >= text_.size(); }
    [[nodiscard]] bool open_quote() const { return open_quote_; }

    CsvTable::Row row() {
        CsvTable::Row row{.line = line_, .cells = {}};
        do row.cells.push_back(cell());
        while (take(','));
        take('\r');
        take('\n');
        return row;
    }

private:
    [[nodiscard]] char here() const { return done() ? '\n' : text_[at_]; }
    bool take(char wanted) {
        if (done() || text_[at_] != wanted) return false;
        if (wanted == '\n') ++line_;
        ++at_;
        return true;
    }

    std::string cell() {
        if (take('"')) return quoted();
        const auto begin = at_;
        while (!done() && here() != ',' && here() != '\n' && here() != '\r') ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }

    std::string quoted() {
        std::string result;
        while (!done()) {
            const char c = here();
            take(c);
            if (c == '"' && !take('"')) return result;
            result += c;
        }
        open_quote_ = true;
        return result;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int line_ = 1;
    bool open_quote_ = false;
};

}  // namespace

std::size_t CsvTable::column(const std::string& name) const {
    const auto found = std::ranges::find(header, name);
    if (found == header.end())
        throw Error(fmt::format("{}:1: no column '{}'; there are {}", file, name, fmt::join(header, ", ")));
    return static_cast<std::size_t>(found - header.begin());
}

CsvTable parse_csv(std::string_view text, const std::string& file) {
    CsvTable table{.file = file, .header = {}, .rows = {}};
    Errors errors;
    constexpr std::string_view mark = "\xEF\xBB\xBF";  // spreadsheets begin UTF-8 with it
    Reader reader(text.starts_with(mark) ? text.substr(mark.size()) : text);
    while (!reader.done()) {
        auto row = reader.row();
        if (reader.open_quote()) errors.add({file, row.line}, "", "a quoted cell does not end");
        if (row.cells.size() == 1 && row.cells[0].empty()) continue;
        if (table.header.empty())
            table.header = std::move(row.cells);
        else if (row.cells.size() != table.header.size())
            errors.add({file, row.line}, "",
                       fmt::format("{} cells, expected {} as in the header", row.cells.size(), table.header.size()));
        else
            table.rows.push_back(std::move(row));
    }
    if (table.header.empty()) errors.add({file, 1}, "", "expected a header line");
    errors.throw_if_any();
    return table;
}

CsvTable read_csv(const std::filesystem::path& file) {
    return parse_csv(read_file(file, std::size_t{64} << 20), file.string());
}

}  // namespace dyad::core
