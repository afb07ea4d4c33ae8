// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "codesign/report/others.hpp"
#include "codesign/run/run.hpp"

namespace dyad::codesign {

struct ReportOptions {
    std::size_t layers = 500;                     ///< pairs of the front examined and shown layer by layer, at most
    std::vector<std::filesystem::path> beside{};  ///< directories of runs to compare with
};
/// What a search writes by itself: few pairs examined, so that it takes little of the search's time.
[[nodiscard]] ReportOptions quick_report();

/// Everything that the report shows (schema "dyad/report/2"), without times. Pairs of the front are simulated once more
/// at the run's fidelity for their layers; the same pairs give the same bytes.
[[nodiscard]] nlohmann::ordered_json report_data(const Run& run, const std::vector<Other>& others, std::size_t layers);

/// Writes report.html, report.md, report.json, pareto.svg and hypervolume.svg into the run's directory. Throws
/// core::Error when there is no run in it or it cannot be written.
void write_report(const std::filesystem::path& directory, const ReportOptions& options);

}  // namespace dyad::codesign
