// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/statistics.hpp"

namespace dyad::codesign {

/// A published figure and ours.
struct Comparison {
    std::string what;  ///< the workload and its part
    std::string metric, unit;
    double published = 0;
    std::optional<double> ours;  ///< nothing where it is not modelled
    std::string source;
};

/// Figures of one chip or device that one description answers.
struct ValidationSet {
    std::string name;
    std::string model;  ///< what gives our figures
    std::vector<Comparison> rows;
    std::vector<std::string> not_modelled;
};

/// How ours compare with the published, of one metric of a set. Rows that are not modelled or published as 0 are left
/// out.
struct MetricErrors {
    std::string metric;
    core::RelativeErrors errors;
    std::optional<double> spearman;  ///< from three rows on
    std::string worst;               ///< which row
};
/// Metrics in the order in which they first occur.
[[nodiscard]] std::vector<MetricErrors> metric_errors(const ValidationSet& set);

[[nodiscard]] std::string validation_text(const std::vector<ValidationSet>& sets);
[[nodiscard]] std::string validation_csv(const std::vector<ValidationSet>& sets);
/// Schema dyad/validation/1.
[[nodiscard]] nlohmann::ordered_json validation_json(const std::vector<ValidationSet>& sets);

}  // namespace dyad::codesign
