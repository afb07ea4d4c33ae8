// SPDX-License-Identifier: Apache-2.0
#include "codesign/experiment/metric.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>

#include "core/quantity.hpp"

namespace dyad::codesign {
namespace {

template <class Q>
std::optional<double> parse(std::string_view text) {
    const auto quantity = core::try_quantity<Q>(text);
    return quantity ? std::optional(static_cast<double>(quantity->count())) : std::nullopt;
}
template <class Q>
std::string show(double value) {
    return core::to_text(Q(static_cast<typename Q::rep>(value)));
}

struct NamedUnit {
    std::string_view name;
    double factor;
};
std::optional<double> parse_units(std::string_view text, std::initializer_list<NamedUnit> units) {
    const auto measure = core::try_measure(text);
    if (!measure) return std::nullopt;
    for (const auto& unit : units)
        if (unit.name == measure->unit) return measure->value * unit.factor;
    return std::nullopt;
}
std::optional<double> parse_percent(std::string_view text) { return parse_units(text, {{"%", 1}}); }
std::optional<double> parse_rate(std::string_view text) { return parse_units(text, {{"fps", 1}, {"inferences/s", 1}}); }
std::optional<double> parse_edp(std::string_view text) {
    return parse_units(text, {{"Js", 1}, {"mJs", 1e-3}, {"uJs", 1e-6}, {"nJs", 1e-9}});
}
std::optional<double> parse_count(std::string_view text) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return static_cast<double>(count);
}
std::string show_percent(double value) { return fmt::format("{:.2f} %", value); }
std::string show_rate(double value) { return fmt::format("{:.4g} fps", value); }
std::string show_edp(double value) { return fmt::format("{:.4g} Js", value); }
std::string show_count(double value) { return fmt::format("{:.0f}", value); }

struct Units {
    std::optional<double> (*parse)(std::string_view);
    std::string (*show)(double);
};
/// By Metric.
constexpr std::array<Units, metric_count> units{{{parse_percent, show_percent},
                                                 {parse<core::Seconds>, show<core::Seconds>},
                                                 {parse<core::Joules>, show<core::Joules>},
                                                 {parse<core::SquareMillimetres>, show<core::SquareMillimetres>},
                                                 {parse_rate, show_rate},
                                                 {parse<core::Bytes>, show<core::Bytes>},
                                                 {parse<core::Bytes>, show<core::Bytes>},
                                                 {parse<core::Watts>, show<core::Watts>},
                                                 {parse_edp, show_edp},
                                                 {parse_percent, show_percent},
                                                 {parse_percent, show_percent},
                                                 {parse_count, show_count},
                                                 {parse<core::Bytes>, show<core::Bytes>}}};

constexpr std::array<MetricInfo, metric_count> table{{
    {Metric::accuracy, "accuracy", "%", true, "top-1 accuracy of the network", "75 %"},
    {Metric::latency, "latency", "s", false, "time of one batch", "10 ms"},
    {Metric::energy, "energy", "J", false, "energy of one batch, DRAM included", "5 mJ"},
    {Metric::area, "area", "mm2", false, "area of the chip", "8 mm2"},
    {Metric::throughput, "throughput", "1/s", true, "samples a second", "30 fps"},
    {Metric::memory, "memory", "B", false, "most activations alive at a time", "2 MiB"},
    {Metric::model_size, "model_size", "B", false, "stored weights", "4 MiB"},
    {Metric::power, "power", "W", false, "energy over latency", "2 W"},
    {Metric::edp, "edp", "J s", false, "energy times latency", "1 mJs"},
    {Metric::robustness, "robustness", "%", true, "accuracy under attack and disturbance", "60 %"},
    {Metric::fairness_gap, "fairness_gap", "%", false, "accuracy of the best group less that of the worst", "10 %"},
    {Metric::multipliers, "multipliers", "", false, "multiply-accumulates that the chip can do in a cycle", "1024"},
    {Metric::chip_memory, "chip_memory", "B", false, "buffers and registers of the chip", "512 KiB"},
}};

}  // namespace

const std::array<MetricInfo, metric_count>& metric_table() { return table; }
const MetricInfo& info(Metric metric) { return table[static_cast<std::size_t>(metric)]; }

std::optional<Metric> try_metric(std::string_view name) {
    for (const auto& row : table)
        if (row.name == name) return row.metric;
    return std::nullopt;
}

std::vector<std::string> metric_names() {
    std::vector<std::string> names;
    for (const auto& row : table) names.emplace_back(row.name);
    return names;
}

std::optional<double> try_metric_value(Metric metric, std::string_view text) {
    return units[static_cast<std::size_t>(metric)].parse(text);
}

std::string to_text(Metric metric, double value) {
    return std::isfinite(value) ? units[static_cast<std::size_t>(metric)].show(value) : "-";
}

double Constraint::violation(double value) const {
    if (std::isnan(value)) return std::numeric_limits<double>::infinity();
    const double excess = upper ? value - bound : bound - value;
    return std::max(0.0, excess) / (bound != 0 ? std::abs(bound) : 1);
}

}  // namespace dyad::codesign
