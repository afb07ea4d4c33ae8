// SPDX-License-Identifier: Apache-2.0
#include "codesign/validate/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "codesign/commands/output.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

bool compares(const Comparison& row) { return row.ours && row.published != 0; }
double error(const Comparison& row) { return (*row.ours - row.published) / std::abs(row.published); }
std::string percent(double share) { return fmt::format("{:+.1f} %", 100 * share); }
std::string figure(double value) { return fmt::format("{:.5g}", value); }

std::string rows_text(const ValidationSet& set) {
    Table table({"figure", "metric", "unit", "published", "ours", "error"});
    for (const auto& row : set.rows)
        table.add({row.what, row.metric, row.unit, figure(row.published), row.ours ? figure(*row.ours) : "-",
                   compares(row) ? percent(error(row)) : "-"});
    return table.text();
}

std::string errors_text(const ValidationSet& set) {
    Table table({"metric", "rows", "mean abs. error", "mean error", "worst", "of", "Spearman"});
    for (const auto& one : metric_errors(set))
        table.add({one.metric, std::to_string(one.errors.count),
                   fmt::format("{:.1f} %", 100 * one.errors.mean_absolute), percent(one.errors.mean),
                   percent(one.errors.worst), one.worst, one.spearman ? fmt::format("{:.4f}", *one.spearman) : "-"});
    return table.text();
}

Json to_json(const MetricErrors& one) {
    return {{"metric", one.metric},
            {"rows", one.errors.count},
            {"mean_absolute_error", one.errors.mean_absolute},
            {"mean_error", one.errors.mean},
            {"worst_error", one.errors.worst},
            {"worst", one.worst},
            {"spearman", one.spearman ? Json(*one.spearman) : Json()}};
}

Json to_json(const Comparison& row) {
    return {{"figure", row.what},
            {"metric", row.metric},
            {"unit", row.unit},
            {"published", row.published},
            {"ours", row.ours ? Json(*row.ours) : Json()},
            {"error", compares(row) ? Json(error(row)) : Json()},
            {"source", row.source}};
}

}  // namespace

std::vector<MetricErrors> metric_errors(const ValidationSet& set) {
    std::vector<MetricErrors> result;
    for (const auto& row : set.rows) {
        if (!compares(row)) continue;
        if (std::ranges::any_of(result, [&](const auto& known) { return known.metric == row.metric; })) continue;
        std::vector<double> ours, published;
        std::vector<std::string> names;
        for (const auto& other : set.rows) {
            if (other.metric != row.metric || !compares(other)) continue;
            ours.push_back(*other.ours);
            published.push_back(other.published);
            names.push_back(other.what);
        }
        MetricErrors one{
            .metric = row.metric, .errors = core::relative_errors(ours, published), .spearman = {}, .worst = {}};
        if (ours.size() >= 3) one.spearman = core::spearman(ours, published);
        one.worst = names[one.errors.worst_at];
        result.push_back(std::move(one));
    }
    return result;
}

std::string validation_text(const std::vector<ValidationSet>& sets) {
    std::string text;
    for (const auto& set : sets) {
        text += fmt::format("{}{}: {}\n\n{}\n", text.empty() ? "" : "\n", set.name, set.model, rows_text(set));
        if (const auto errors = metric_errors(set); !errors.empty()) text += errors_text(set);
        for (const auto& missing : set.not_modelled) text += fmt::format("not modelled: {}\n", missing);
    }
    return text;
}

std::string validation_csv(const std::vector<ValidationSet>& sets) {
    Table table({"set", "figure", "metric", "unit", "published", "ours", "error", "source"});
    for (const auto& set : sets)
        for (const auto& row : set.rows)
            table.add({set.name, row.what, row.metric, row.unit, fmt::format("{}", row.published),
                       row.ours ? fmt::format("{}", *row.ours) : "", compares(row) ? fmt::format("{}", error(row)) : "",
                       row.source});
    return table.csv();
}

Json validation_json(const std::vector<ValidationSet>& sets) {
    Json all = Json::array();
    for (const auto& set : sets) {
        Json rows = Json::array(), errors = Json::array();
        for (const auto& row : set.rows) rows.push_back(to_json(row));
        for (const auto& one : metric_errors(set)) errors.push_back(to_json(one));
        all.push_back({{"set", set.name},
                       {"model", set.model},
                       {"errors", std::move(errors)},
                       {"rows", std::move(rows)},
                       {"not_modelled", set.not_modelled}});
    }
    return {{"schema", "dyad/validation/1"}, {"sets", std::move(all)}};
}

}  // namespace dyad::codesign
