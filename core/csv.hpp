// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace dyad::core {

/// A table with a header line (RFC 4180: quoted cells may hold commas, quotes and line breaks). Empty lines are left
/// out.
struct CsvTable {
    struct Row {
        int line = 0;  ///< where it begins
        std::vector<std::string> cells;
    };
    std::string file;
    std::vector<std::string> header;
    std::vector<Row> rows;  ///< each with as many cells as the header

    /// Index of a column. Throws Error that names the columns there are.
    [[nodiscard]] std::size_t column(const std::string& name) const;
};

/// Throws Error on: no header, a row with another number of cells, a quoted cell that does not end (all of them at
/// once).
[[nodiscard]] CsvTable parse_csv(std::string_view text, const std::string& file);
[[nodiscard]] CsvTable read_csv(const std::filesystem::path& file);

}  // namespace dyad::core
