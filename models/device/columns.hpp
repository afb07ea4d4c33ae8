// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "core/error.hpp"
#include "models/device/profile.hpp"

namespace dyad::models {

/// Records an error for each column that a profile does not know but whose name is nearly one that the table lacks: it
/// would be left alone, and the other taken as not given.
void refuse_misspelt(const CsvTable& table, bool predicting, core::Errors& errors);

/// Says that a table is no profile: what columns it has, and what was expected.
[[nodiscard]] std::string no_profile(const CsvTable& table, bool predicting);

}  // namespace dyad::models
