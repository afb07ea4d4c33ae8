// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace dyad::codesign {

/// One line of a CSV file (RFC 4180, ended by a line feed): cells with commas, quotes or line breaks are quoted.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

/// The cells of a CSV text, row by row; lines may end in CR LF. A quote that is never closed ends with the text.
[[nodiscard]] std::vector<std::vector<std::string>> parse_csv(const std::string& text);

}  // namespace dyad::codesign
