// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "models/device/device.hpp"

namespace dyad::models {

/// A profile as text: a core::CsvTable with rows, whose columns are looked for by name.
struct CsvTable {
    std::string file;
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> rows;  ///< as wide as the header
    std::vector<std::size_t> lines;              ///< of the file, where the rows begin
    /// Throws core::Error on what core::parse_csv() refuses, a table without rows and a column that stands twice.
    [[nodiscard]] static CsvTable read(const std::string& file);
    [[nodiscard]] static CsvTable parse(std::string_view text, const std::string& file);
    [[nodiscard]] bool has(const std::string& column) const;
    [[nodiscard]] std::size_t column(const std::string& name) const;
};

/// One row of a profile: what ran, on which device, how long (0 = to be predicted).
struct ProfileRow {
    std::size_t row = 0;  ///< of the table
    std::string device;
    Sample sample;
};

/// Makes the kernels of a network that a row names; throws core::Error for an unknown one.
using NetworkWorks = std::function<WorkList(const std::string& network, std::uint64_t batch)>;

/// The rows of a table of kernels (configs/devices/README.md, and the public tables that it names); times must be there
/// unless `predicting`. Records an error for each row that cannot be read.
[[nodiscard]] std::vector<ProfileRow> profile_rows(const CsvTable& table, bool predicting, const NetworkWorks& networks,
                                                   core::Errors& errors);
/// Whether profile_rows() knows the columns, and whether there are times among them.
[[nodiscard]] bool is_kernel_table(const CsvTable& table);
[[nodiscard]] bool has_times(const CsvTable& table);

/// A time in milliseconds as seconds; an error at `line` when it is no positive finite number.
[[nodiscard]] double parse_milliseconds(const std::string& text, const std::string& file, std::size_t line,
                                        core::Errors& errors);

}  // namespace dyad::models
