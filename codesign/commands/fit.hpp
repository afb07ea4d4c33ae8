// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

namespace dyad::codesign {

/// The rows of a table of members with the accuracy that the fitted surrogate `name` (a file, or one of
/// configs/accuracy) predicts, and its 90 % interval; nothing when there is no such surrogate. Throws core::Error on a
/// bad table.
[[nodiscard]] std::optional<std::string> predict_accuracy(const std::string& name, const std::string& csv);

}  // namespace dyad::codesign
