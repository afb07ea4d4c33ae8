// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "codesign/experiment/target.hpp"
#include "codesign/run/targets.hpp"

namespace dyad::codesign {
namespace {

/// Of the front by `metric`; the lower id among equals.
std::size_t best(const Run& run, Metric metric) {
    const auto worse = [&](std::size_t a, std::size_t b) {
        return signed_objective(metric, value(run.pairs[a].evaluation, metric)) <
               signed_objective(metric, value(run.pairs[b].evaluation, metric));
    };
    return *std::min_element(run.front.begin(), run.front.end(), worse);
}

/// Distance of each front pair to the ideal point, every objective scaled to the front's range.
std::vector<double> distances(const Run& run) {
    const auto& objectives = run.experiment->objectives;
    std::vector<double> squares(run.front.size(), 0.0);
    for (const auto metric : objectives) {
        std::vector<double> column;
        for (const auto i : run.front)
            column.push_back(signed_objective(metric, value(run.pairs[i].evaluation, metric)));
        const auto [low, high] = std::minmax_element(column.begin(), column.end());
        const double floor = *low, range = *high - *low;
        for (std::size_t i = 0; i < column.size(); ++i)
            if (range > 0) squares[i] += std::pow((column[i] - floor) / range, 2);
    }
    return squares;
}

std::string superlative(Metric metric) {
    return fmt::format("{} {}", info(metric).maximise ? "Highest" : "Lowest", info(metric).name);
}

std::string lowered(std::string text) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

/// The first of `preferred` that is an objective; else the first objective.
Metric first_of(const Experiment& experiment, std::initializer_list<Metric> preferred) {
    for (const auto metric : preferred)
        if (std::ranges::find(experiment.objectives, metric) != experiment.objectives.end()) return metric;
    return experiment.objectives.front();
}

std::string at_fidelity(const Experiment& experiment) {
    const auto text = fidelity_text(experiment);
    return text.find(' ') == std::string::npos ? text + " fidelity"
                                               : fmt::format("the fidelity of its target ({})", text);
}

std::string space_size(const Experiment& experiment) {
    const double size = experiment.space.size_estimate();
    if (std::isinf(size)) return "a continuous space";
    return size < 1e6 ? fmt::format("{} settings", grouped(static_cast<std::uint64_t>(size)))
                      : fmt::format("{:.1e} settings", size);
}

}  // namespace

double value(const Evaluation& evaluation, Metric metric) {
    return evaluation.metrics[static_cast<std::size_t>(metric)];
}

std::vector<double> objective_values(const Experiment& experiment, const Evaluation& evaluation) {
    std::vector<double> values;
    for (const auto metric : experiment.objectives) values.push_back(value(evaluation, metric));
    return values;
}

bool within_budgets(const Experiment& experiment, const Evaluation& evaluation) {
    return std::all_of(experiment.constraints.begin(), experiment.constraints.end(),
                       [&](const auto& budget) { return budget.violation(value(evaluation, budget.metric)) == 0; });
}

std::vector<Pick> picks(const Run& run) {
    std::vector<Pick> all;
    const auto add = [&](std::string title, std::string why, std::size_t pair) {
        const auto same = std::ranges::find(all, pair, &Pick::pair);
        if (same == all.end()) return all.push_back({std::move(title), std::move(why), pair});
        same->title += ", " + lowered(std::move(title));
        same->why += "; " + lowered(std::move(why));
    };
    if (run.front.empty()) return all;
    const auto& experiment = *run.experiment;
    const auto cost = first_of(experiment, {Metric::area, Metric::power, Metric::energy, Metric::model_size,
                                            Metric::memory, Metric::edp, Metric::latency});
    const auto worth = first_of(experiment, {Metric::accuracy, Metric::latency, Metric::throughput});
    add(run.feasible && !experiment.constraints.empty() ? "Cheapest that meets the budgets" : "Cheapest",
        fmt::format("{} of the front", superlative(cost)), best(run, cost));
    const auto squares = distances(run);
    const auto knee = static_cast<std::size_t>(std::min_element(squares.begin(), squares.end()) - squares.begin());
    add("Knee", "Nearest to the best of all objectives at once", run.front[knee]);
    add(worth == Metric::accuracy  ? "Most accurate"
        : worth == Metric::latency ? "Fastest"
                                   : superlative(worth),
        fmt::format("{} of the front", superlative(worth)), best(run, worth));
    return all;
}

std::string summary(const Run& run) {
    const auto& experiment = *run.experiment;
    std::vector<std::string> budgets;
    for (const auto& budget : experiment.constraints) budgets.push_back(budget.text);
    std::string text =
        fmt::format("The {} judged {} different pairs of network and accelerator out of {}, each at {}.", run.command,
                    grouped(run.evaluated), space_size(experiment), at_fidelity(experiment));
    if (!run.feasible)
        return text + " N" + run.verdict.substr(1) + "." +
               (run.front.empty() ? "" : " What follows are the pairs that come nearest.");
    text += budgets.empty()
                ? fmt::format(" {} could be evaluated;", grouped(run.kept_budgets))
                : fmt::format(" {} keep the budgets ({});", grouped(run.kept_budgets), fmt::join(budgets, ", "));
    return text + fmt::format(
                      " {} of them {} on the Pareto front{}: no other pair{} is better in one objective and as good in "
                      "all others.",
                      grouped(run.front.size()), run.front.size() == 1 ? "is" : "are",
                      has_targets(experiment) ? " of their target" : "",
                      has_targets(experiment) ? " on the same target" : "");
}

double shortened(double value) {
    return value == 0 || !std::isfinite(value) ? value : std::stod(fmt::format("{:.5g}", value));
}

std::string grouped(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

}  // namespace dyad::codesign
