// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dyad::codesign {

/// What a pair is judged by; spelled as in experiment files.
enum class Metric : std::uint8_t {
    accuracy,
    latency,
    energy,
    area,
    throughput,
    memory,
    model_size,
    power,
    edp,
    robustness,
    fairness_gap,
    multipliers,
    chip_memory
};
inline constexpr std::size_t metric_count = 13;
/// Those that an accuracy evaluator tells.
inline constexpr std::array told_of_networks{Metric::accuracy, Metric::robustness, Metric::fairness_gap};
[[nodiscard]] constexpr bool told_of_network(Metric metric) {
    return metric == Metric::accuracy || metric == Metric::robustness || metric == Metric::fairness_gap;
}

/// One value a metric, in its unit; NaN where nothing tells (accuracy without an evaluator).
using Metrics = std::array<double, metric_count>;

struct MetricInfo {
    Metric metric;
    const char* name;
    const char* unit;     ///< of every value in results: "s", "J", "mm2", "1/s", "B", "W", "J s", "%"; "" of numbers
    bool maximise;        ///< more is better
    const char* meaning;  ///< in a few words
    const char* example;  ///< a quantity as an experiment file writes it
};
[[nodiscard]] const std::array<MetricInfo, metric_count>& metric_table();
[[nodiscard]] const MetricInfo& info(Metric metric);
[[nodiscard]] std::optional<Metric> try_metric(std::string_view name);
[[nodiscard]] std::vector<std::string> metric_names();

/// Reads `8 mm2`, `75 %`, `30 fps`, ... in the metric's unit; nothing when the unit is missing or another one.
[[nodiscard]] std::optional<double> try_metric_value(Metric metric, std::string_view text);
/// `3.2 mm2`, `1.25 ms`, `74.2 %`.
[[nodiscard]] std::string to_text(Metric metric, double value);

/// A budget: `area <= 8 mm2`.
struct Constraint {
    Metric metric = Metric::area;
    bool upper = true;  ///< `<=`; otherwise `>=`
    double bound = 0;
    std::string text;  ///< as written in the file
    /// How far `value` is outside, in units of the bound; 0 inside. Infinite where the value is not known.
    [[nodiscard]] double violation(double value) const;
};

}  // namespace dyad::codesign
