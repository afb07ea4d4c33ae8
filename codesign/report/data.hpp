// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Everything that the report shows (schema "dyad/report/1"), without times. The front's pairs are simulated once more
/// at the run's fidelity for their layers; the same pairs give the same bytes.
[[nodiscard]] nlohmann::ordered_json report_data(const Run& run);

/// Writes report.html, report.md, pareto.svg and hypervolume.svg into the run's directory. Throws core::Error when
/// there is no run in it or it cannot be written.
void write_report(const std::filesystem::path& directory);

}  // namespace dyad::codesign
