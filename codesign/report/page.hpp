// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace dyad::codesign {

/// report.html: one file that needs no network. `data` is what report_data() gives; `run` holds what may differ between
/// two runs of the same search (times, rates, workers) and stands in one block marked `run`.
[[nodiscard]] std::string report_page(const nlohmann::ordered_json& data, const nlohmann::ordered_json& run);

}  // namespace dyad::codesign
