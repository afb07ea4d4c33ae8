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
/// The cheapest of the front (by area, else power, energy, model size, memory, time), its knee (nearest to the ideal
/// point, objectives scaled to the front's range) and the most accurate (without accuracy the fastest, else the best in
/// the first objective). No pair twice.
[[nodiscard]] std::vector<Pick> picks(const Run& run);

/// What was searched and found, in a few sentences.
[[nodiscard]] std::string summary(const Run& run);

/// To five digits: enough for a page.
[[nodiscard]] double shortened(double value);

/// 6000000 -> "6,000,000".
[[nodiscard]] std::string grouped(std::uint64_t count);

}  // namespace dyad::codesign
