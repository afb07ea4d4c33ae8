// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/aggregate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dyad::codesign {
namespace {

double weighted_sum(const std::vector<double>& values, const std::vector<double>& weights) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += weights[i] * values[i];
    return sum;
}

double total(const std::vector<double>& weights) {
    return weighted_sum(std::vector<double>(weights.size(), 1), weights);
}

/// One figure of which less is better. A single network's figure stays as it is, to the last bit.
double combined(Aggregate how, const std::vector<double>& values, const std::vector<double>& weights) {
    if (values.size() == 1) return values.front();
    if (how == Aggregate::worst) return *std::max_element(values.begin(), values.end());
    if (how == Aggregate::sum) return weighted_sum(values, weights);
    std::vector<double> logarithms;
    for (const double value : values) logarithms.push_back(std::log(value));
    return std::exp(weighted_sum(logarithms, weights) / total(weights));
}

template <class Item, class Get>
std::vector<double> each(const std::vector<Item>& items, const Get& get) {
    std::vector<double> values;
    for (const auto& item : items) values.push_back(get(item));
    return values;
}

double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

void add_accuracy(const Experiment& experiment, const std::vector<arch_space::Estimate>& accuracy,
                  const std::vector<double>& weights, Evaluation& evaluation) {
    if (accuracy.empty()) return;
    auto& value = evaluation.metrics[static_cast<std::size_t>(Metric::accuracy)];
    const auto less = [](const auto& a, const auto& b) { return a.value < b.value; };
    if (accuracy.size() == 1 || experiment.aggregate == Aggregate::worst) {
        const auto& worst = *std::min_element(accuracy.begin(), accuracy.end(), less);
        value = worst.value;
        evaluation.accuracy_spread = worst.spread;
        return;
    }
    value = weighted_sum(each(accuracy, [](const auto& a) { return a.value; }), weights) / total(weights);
    evaluation.accuracy_spread =
        weighted_sum(each(accuracy, [](const auto& a) { return a.spread; }), weights) / total(weights);
}

}  // namespace

Evaluation aggregate(const Experiment& experiment, const std::vector<models::Report>& reports,
                     const std::vector<arch_space::Estimate>& accuracy) {
    using models::Report;
    const auto weights = each(experiment.networks, [](const Part& part) { return part.weight; });
    const auto bytes = [](core::Bytes b) { return static_cast<double>(b.count()); };
    Evaluation evaluation;
    evaluation.metrics.fill(std::numeric_limits<double>::quiet_NaN());
    const auto metric = [&](Metric m) -> double& { return evaluation.metrics[static_cast<std::size_t>(m)]; };
    const double latency =
        combined(experiment.aggregate, each(reports, [](const Report& r) { return r.latency.count(); }), weights);
    const double energy =
        combined(experiment.aggregate, each(reports, [](const Report& r) { return r.energy.count(); }), weights);
    metric(Metric::latency) = latency;
    metric(Metric::energy) = energy;
    metric(Metric::edp) = energy * latency;
    metric(Metric::throughput) = static_cast<double>(experiment.batch) / latency;
    metric(Metric::area) = reports.front().area.count();
    metric(Metric::power) = largest(each(reports, [](const Report& r) { return r.power.count(); }));
    metric(Metric::memory) = largest(each(reports, [&](const Report& r) { return bytes(r.peak_activation_bytes); }));
    metric(Metric::model_size) = 0;
    for (const auto& report : reports) metric(Metric::model_size) += bytes(report.weight_bytes);
    add_accuracy(experiment, accuracy, weights, evaluation);
    return evaluation;
}

}  // namespace dyad::codesign
