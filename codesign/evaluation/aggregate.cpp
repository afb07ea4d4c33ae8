// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/aggregate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "hw_space/accelerator.hpp"
#include "hw_space/chip_memory.hpp"

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

std::vector<double> weights_of(const Experiment& experiment) {
    return each(experiment.networks, [](const Part& part) { return part.weight; });
}

double largest(const std::vector<double>& values) { return *std::max_element(values.begin(), values.end()); }

/// A figure of each network and how far it may be off, as one.
struct Figures {
    std::vector<double> values, spreads;
};

void add_figure(const Experiment& experiment, Metric metric, const Figures& figures, Evaluation& evaluation) {
    const auto m = static_cast<std::size_t>(metric);
    const auto& [values, spreads] = figures;
    if (values.size() == 1 || experiment.aggregate == Aggregate::worst) {
        const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
        const auto worst = (info(metric).maximise ? least : greatest) - values.begin();
        evaluation.metrics[m] = values[static_cast<std::size_t>(worst)];
        evaluation.spreads[m] = spreads[static_cast<std::size_t>(worst)];
        return;
    }
    const auto weights = weights_of(experiment);
    evaluation.metrics[m] = weighted_sum(values, weights) / total(weights);
    evaluation.spreads[m] = weighted_sum(spreads, weights) / total(weights);
}

}  // namespace

Evaluation aggregate(const Experiment& experiment, const std::vector<models::Report>& reports,
                     const std::vector<arch_space::Estimate>& accuracy, const hw_space::Accelerator* chip) {
    using models::Report;
    const auto weights = weights_of(experiment);
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
    if (chip != nullptr) {
        metric(Metric::multipliers) = static_cast<double>(chip->peak_macs());
        metric(Metric::chip_memory) = bytes(chip_memory(*chip));
    }
    metric(Metric::power) = largest(each(reports, [](const Report& r) { return r.power.count(); }));
    metric(Metric::memory) = largest(each(reports, [&](const Report& r) { return bytes(r.peak_activation_bytes); }));
    metric(Metric::model_size) = 0;
    for (const auto& report : reports) metric(Metric::model_size) += bytes(report.weight_bytes);
    if (!accuracy.empty())
        add_figure(experiment, Metric::accuracy,
                   {each(accuracy, [](const auto& a) { return a.value; }),
                    each(accuracy, [](const auto& a) { return a.spread; })},
                   evaluation);
    return evaluation;
}

void add_told(const Experiment& experiment, const std::vector<Evaluation>& told, Evaluation& evaluation) {
    for (const auto& network : told)
        if (network.failed()) {
            evaluation = Evaluation::failure(network.reason);
            return;
        }
    for (const auto metric : experiment.evaluator->metrics) {
        const auto m = static_cast<std::size_t>(metric);
        add_figure(experiment, metric,
                   {each(told, [m](const auto& e) { return e.metrics[m]; }),
                    each(told, [m](const auto& e) { return e.spreads[m]; })},
                   evaluation);
    }
}

}  // namespace dyad::codesign
