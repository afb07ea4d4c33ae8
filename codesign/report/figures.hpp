// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "codesign/report/others.hpp"
#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// SVG: all evaluated pairs and the front, latency (or the first objective) across, accuracy (or the second) up.
[[nodiscard]] std::string pareto_figure(const Run& run);
/// SVG: hypervolume of the front by evaluated pairs; of other runs dashed, under the run's reference point.
[[nodiscard]] std::string hypervolume_figure(const Run& run, const std::vector<Other>& others);

}  // namespace dyad::codesign
