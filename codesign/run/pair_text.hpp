// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Labels of the active genes by name.
[[nodiscard]] nlohmann::ordered_json genes_json(const Experiment& experiment, const core::Genome& genome);
/// Values by objective; empty when it could not be evaluated.
[[nodiscard]] nlohmann::ordered_json objectives_json(const Experiment& experiment, const Evaluation& evaluation);
/// Normalised violations by constraint, those that are kept left out.
[[nodiscard]] nlohmann::ordered_json violations_json(const Experiment& experiment, const Evaluation& evaluation);

[[nodiscard]] Fitness fitness(const Experiment& experiment, const Evaluation& evaluation);

/// results.csv and front.csv: id, a column a choice (empty where inactive), a column an objective, one for each other
/// metric with a budget, the spread of what an accuracy model tells, the sum of violations, and the reason of those
/// that could not be evaluated.
[[nodiscard]] std::string pairs_csv(const Experiment& experiment, const std::vector<const Pair*>& pairs);
/// Its line of one pair.
[[nodiscard]] std::string pair_csv(const Experiment& experiment, const Pair& pair);
/// front.json: the front, and the hypervolume by evaluation (in units of the reference point).
[[nodiscard]] nlohmann::ordered_json front_json(const Run& run);

}  // namespace dyad::codesign
