// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "codesign/unit/study.hpp"
#include "core/manifest.hpp"

namespace dyad::codesign {

/// Schema "dyad/unit/1".
[[nodiscard]] nlohmann::ordered_json to_json(const Study& study, const core::Manifest& manifest);
[[nodiscard]] std::string to_table(const Study& study);
/// A line a network and chip.
[[nodiscard]] std::string to_csv(const Study& study);
/// A page that needs no network, charts as inline SVG.
[[nodiscard]] std::string to_page(const Study& study, const core::Manifest& manifest);

[[nodiscard]] const char* objective_name(models::Objective objective);
/// What differs from the file's size, or "as in the file".
[[nodiscard]] std::string change_text(const Size& from, const Size& to);
/// How its module compares with its file; "" of a unit without one.
[[nodiscard]] std::string module_text(const NetworkStudy& network);
/// `12.3 %`; `-` where there is none.
[[nodiscard]] std::string percent(std::optional<double> share);

}  // namespace dyad::codesign
