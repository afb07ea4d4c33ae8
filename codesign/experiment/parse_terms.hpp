// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "codesign/experiment/accuracy_evaluator.hpp"

namespace dyad::core {
class Value;
}

namespace dyad::codesign {

// Parts of an experiment file. Errors are recorded in the value.

/// `[accuracy, latency]`: at least one, none twice, and accuracy only where something can tell it.
[[nodiscard]] std::vector<Metric> parse_objectives(const core::Value& value, const Offer& offer);
/// `[area <= 8 mm2, accuracy >= 70 %]`; none on a score.
[[nodiscard]] std::vector<Constraint> parse_constraints(const core::Value& value, const Offer& offer);
/// `{latency: 10 ms}`: by objective, in the metric's unit.
[[nodiscard]] std::vector<std::optional<double>> parse_reference(const core::Value& value,
                                                                 const std::vector<Metric>& objectives);

}  // namespace dyad::codesign
