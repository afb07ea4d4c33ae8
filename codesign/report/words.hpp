// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

[[nodiscard]] double value(const Evaluation& evaluation, Metric metric);
/// By objective of the experiment, in the metric's unit.
[[nodiscard]] std::vector<double> objective_values(const Experiment& experiment, const Evaluation& evaluation);
[[nodiscard]] bool within_budgets(const Experiment& experiment, const Evaluation& evaluation);

/// A pair to look at first.
struct Pick {
    std::string title, why;
    std::size_t pair;  ///< into Run::pairs
};
/// The best of the front in the first objective, its knee (nearest to the ideal point, objectives scaled to the front's
/// range), and the best in the last objective. No pair twice.
[[nodiscard]] std::vector<Pick> picks(const Run& run);

/// What was searched and found, in a few sentences.
[[nodiscard]] std::string summary(const Run& run);

/// 6000000 -> "6,000,000".
[[nodiscard]] std::string grouped(std::uint64_t count);

}  // namespace dyad::codesign
