// SPDX-License-Identifier: Apache-2.0
#include "codesign/validate/chips.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/csv.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

namespace fs = std::filesystem;

std::optional<double> number(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

Comparison PublishedFigure::compared(std::optional<double> ours) const {
    const auto what = layer.empty() || layer == "-" ? workload : workload + " " + layer;
    return {.what = what, .metric = metric, .unit = unit, .published = value, .ours = ours, .source = source};
}

PublishedFigures read_figures(const fs::path& file) {
    const auto table = core::read_csv(file);
    const auto chip = table.column("chip"), workload = table.column("workload"), layer = table.column("layer"),
               metric = table.column("metric"), value = table.column("value"), unit = table.column("unit"),
               conditions = table.column("conditions"), source = table.column("source");
    PublishedFigures figures;
    for (const auto& [line, cells] : table.rows) {
        const auto known = number(cells[value]);
        if (!known) continue;
        figures.push_back({.chip = cells[chip],
                           .workload = cells[workload],
                           .layer = cells[layer],
                           .metric = cells[metric],
                           .unit = cells[unit],
                           .conditions = cells[conditions],
                           .source = cells[source],
                           .value = *known,
                           .place = {table.file, line}});
    }
    return figures;
}

fs::path find_measured_chips(const fs::path& data) {
    for (const auto& folder : {data, data / "reference"})
        if (fs::is_regular_file(folder / "measured_chips.csv")) return folder / "measured_chips.csv";
    throw core::Error(
        fmt::format("--data {}: neither it nor its folder reference has a measured_chips.csv", data.string()));
}

PublishedFigures of_chip(const PublishedFigures& figures, const std::string& chip) {
    PublishedFigures result;
    for (const auto& figure : figures)
        if (figure.chip.starts_with(chip)) result.push_back(figure);
    return result;
}

std::vector<ValidationSet> validate_chips(const std::optional<fs::path>& data) {
    const auto figures = read_figures(data ? find_measured_chips(*data) : core::find_config("chips.csv", "validation"));
    std::vector<ValidationSet> sets;
    validate_eyeriss(of_chip(figures, "Eyeriss v1"), sets);
    validate_gemmini(of_chip(figures, "Gemmini RTL"), sets);
    validate_tpu_v1(of_chip(figures, "TPU v1"), sets);
    validate_tpu_v4(of_chip(figures, "Google TPU v4"), sets);
    validate_networks(figures, sets);
    return sets;
}

}  // namespace dyad::codesign
