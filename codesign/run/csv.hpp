// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

namespace dyad::codesign {

/// One line of a CSV file (RFC 4180, ended by a line feed): cells with commas, quotes or line breaks are quoted.
[[nodiscard]] std::string csv_line(const std::vector<std::string>& cells);

}  // namespace dyad::codesign
