// SPDX-License-Identifier: Apache-2.0
#include "codesign/experiment/parse_terms.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/value.hpp"

namespace dyad::codesign {
namespace {

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return "";
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

/// The metric called `name`, if there is one and something can tell it.
std::optional<Metric> parse_metric(const core::Value& value, const std::string& name, const Offer& offer) {
    if ((name == "robustness" || name == "fairness_gap") && !offer.robustness) {
        value.fail(fmt::format("no accuracy evaluator offers '{}'", name));
        return std::nullopt;
    }
    const auto metric = try_metric(name);
    if (!metric)
        value.fail(fmt::format("found '{}', expected one of {}{}", name, fmt::join(metric_names(), ", "),
                               core::did_you_mean(name, metric_names())));
    else if (metric == Metric::accuracy && !offer.accuracy)
        value.fail("'accuracy' needs an evaluator, such as accuracy: {evaluator: surrogate, model: imagenet_mobile}");
    return metric;
}

std::optional<double> parse_bound(const core::Value& value, Metric metric, const std::string& text) {
    const auto bound = try_metric_value(metric, text);
    const bool counts = *info(metric).unit == '\0';
    if (!bound)
        value.fail(fmt::format("found '{}', expected a {} of {}{} such as {}", text, counts ? "number" : "value",
                               info(metric).name, counts ? "" : " with its unit", info(metric).example));
    return bound;
}

std::optional<Constraint> parse_constraint(const core::Value& value, const Offer& offer) {
    const auto text = value.text();
    const auto at = std::min(text.find("<="), text.find(">="));
    if (at == std::string::npos) {
        if (value.is_scalar()) value.fail(fmt::format("found '{}', expected a budget such as area <= 8 mm2", text));
        return std::nullopt;
    }
    const auto metric = parse_metric(value, trimmed(text.substr(0, at)), offer);
    if (!metric) return std::nullopt;
    if (told_of_network(*metric) && offer.score) {
        value.fail(fmt::format("'{}' is a score here, no share of images: it can be an objective, not a budget",
                               info(*metric).name));
        return std::nullopt;
    }
    const auto bound = parse_bound(value, *metric, trimmed(text.substr(at + 2)));
    if (!bound) return std::nullopt;
    return Constraint{*metric, text[at] == '<', *bound, text};
}

}  // namespace

std::vector<Metric> parse_objectives(const core::Value& value, const Offer& offer) {
    std::vector<Metric> objectives;
    if (value.is_null()) return objectives;
    const auto items = value.list();
    if (value.is_list() && items.empty()) value.fail("expected at least one objective");
    for (const auto& item : items) {
        const auto name = item.text();
        if (!item.is_scalar()) continue;
        const auto metric = parse_metric(item, name, offer);
        if (!metric) continue;
        if (std::find(objectives.begin(), objectives.end(), *metric) != objectives.end())
            item.fail(fmt::format("'{}' is listed twice", name));
        else
            objectives.push_back(*metric);
    }
    return objectives;
}

std::vector<Constraint> parse_constraints(const core::Value& value, const Offer& offer) {
    std::vector<Constraint> constraints;
    for (const auto& item : value.list())
        if (auto constraint = parse_constraint(item, offer)) constraints.push_back(std::move(*constraint));
    return constraints;
}

std::vector<std::optional<double>> parse_reference(const core::Value& value, const std::vector<Metric>& objectives) {
    std::vector<std::optional<double>> reference(objectives.size());
    core::Object object(value);
    for (std::size_t i = 0; i < objectives.size(); ++i)
        if (const auto bound = object.find(info(objectives[i]).name))
            reference[i] = parse_bound(*bound, objectives[i], bound->text());
    return reference;
}

}  // namespace dyad::codesign
