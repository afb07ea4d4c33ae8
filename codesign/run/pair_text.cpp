// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/pair_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "codesign/run/csv.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

double metric(const Evaluation& evaluation, Metric m) { return evaluation.metrics[static_cast<std::size_t>(m)]; }

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string cell(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

/// Objectives, then what else has a budget.
std::vector<Metric> shown_metrics(const Experiment& experiment) {
    auto metrics = experiment.objectives;
    for (const auto& constraint : experiment.constraints)
        if (std::find(metrics.begin(), metrics.end(), constraint.metric) == metrics.end())
            metrics.push_back(constraint.metric);
    return metrics;
}

/// Metrics with an interval.
std::vector<Metric> uncertain_metrics(const Experiment& experiment) {
    std::vector<Metric> metrics;
    for (const auto m : shown_metrics(experiment))
        if (told_of_network(m)) metrics.push_back(m);
    return metrics;
}

std::vector<std::string> header(const Experiment& experiment) {
    std::vector<std::string> cells{"id"};
    for (const auto& gene : experiment.space.genes()) cells.push_back(gene.name);
    for (const auto m : shown_metrics(experiment)) cells.emplace_back(info(m).name);
    for (const auto m : uncertain_metrics(experiment)) cells.push_back(std::string(info(m).name) + "_spread");
    cells.insert(cells.end(), {"violation", "reason"});
    return cells;
}

std::vector<std::string> row(const Experiment& experiment, const Pair& pair) {
    std::vector<std::string> cells{std::to_string(pair.id)};
    const auto& genes = experiment.space.genes();
    for (std::size_t g = 0; g < genes.size(); ++g)
        cells.push_back(experiment.space.active(pair.genome, g) ? genes[g].label(pair.genome[g]) : "");
    for (const auto m : shown_metrics(experiment)) cells.push_back(cell(metric(pair.evaluation, m)));
    for (const auto m : uncertain_metrics(experiment))
        cells.push_back(pair.evaluation.failed() ? "" : cell(pair.evaluation.spreads[static_cast<std::size_t>(m)]));
    cells.push_back(cell(fitness(experiment, pair.evaluation).violation));
    cells.push_back(pair.evaluation.reason);
    return cells;
}

Json pair_json(const Run& run, const Pair& pair) {
    const auto& experiment = *run.experiment;
    Json json{{"id", pair.id},
              {"genes", genes_json(experiment, pair.genome)},
              {"objectives", objectives_json(experiment, pair.evaluation)},
              {"violations", violations_json(experiment, pair.evaluation)}};
    json["metrics"] = to_json(pair.evaluation);
    return json;
}

/// Pairs off the front that may belong to it.
Json contenders_json(const Run& run) {
    Json list = Json::array();
    for (std::size_t i = run.front.size(); i < run.chances.size(); ++i) {
        list.push_back(pair_json(run, run.pairs[run.chances[i].pair]));
        list.back()["chance"] = run.chances[i].of_front;
    }
    return list;
}

}  // namespace

Json genes_json(const Experiment& experiment, const core::Genome& genome) {
    Json json = Json::object();
    const auto& genes = experiment.space.genes();
    for (std::size_t g = 0; g < genes.size(); ++g)
        if (experiment.space.active(genome, g)) json[genes[g].name] = genes[g].label(genome[g]);
    return json;
}

Json objectives_json(const Experiment& experiment, const Evaluation& evaluation) {
    Json json = Json::object();
    if (evaluation.failed()) return json;
    for (const auto m : experiment.objectives) json[info(m).name] = number(metric(evaluation, m));
    return json;
}

Json violations_json(const Experiment& experiment, const Evaluation& evaluation) {
    Json json = Json::object();
    if (evaluation.failed()) return json;
    for (const auto& constraint : experiment.constraints) {
        const double violation = constraint.violation(metric(evaluation, constraint.metric));
        if (violation > 0) json[constraint.text] = number(violation);
    }
    return json;
}

Fitness fitness(const Experiment& experiment, const Evaluation& evaluation) {
    if (evaluation.failed()) return Fitness::failed();
    Fitness fitness{minimised(experiment, evaluation.metrics), 0};
    const auto finite = [](double x) { return std::isfinite(x); };
    if (!std::all_of(fitness.objectives.begin(), fitness.objectives.end(), finite)) return Fitness::failed();
    for (const auto& constraint : experiment.constraints)
        fitness.violation += constraint.violation(metric(evaluation, constraint.metric));
    return fitness;
}

std::string pairs_csv(const Experiment& experiment, const std::vector<const Pair*>& pairs) {
    std::string csv = csv_line(header(experiment));
    for (const auto* pair : pairs) csv += pair_csv(experiment, *pair);
    return csv;
}

std::string pair_csv(const Experiment& experiment, const Pair& pair) { return csv_line(row(experiment, pair)); }

Json front_json(const Run& run) {
    const auto& experiment = *run.experiment;
    Json objectives = Json::array(), pairs = Json::array(), reference = Json::array();
    for (const auto m : experiment.objectives)
        objectives.push_back({{"name", info(m).name},
                              {"unit", unit_of(experiment, m)},
                              {"direction", info(m).maximise ? "maximise" : "minimise"}});
    for (std::size_t i = 0; i < run.reference.size(); ++i)
        reference.push_back(number(signed_objective(experiment.objectives[i], run.reference[i])));
    Json convergence = Json::array();
    for (const auto& sample : run.convergence)
        convergence.push_back({{"evaluations", sample.evaluations}, {"hypervolume", sample.hypervolume}});
    for (std::size_t i = 0; i < run.front.size(); ++i) {
        pairs.push_back(pair_json(run, run.pairs[run.front[i]]));
        if (i < run.chances.size()) pairs.back()["chance"] = run.chances[i].of_front;
    }
    return {{"schema", "dyad/front/1"},
            {"experiment", experiment.name},
            {"fidelity", models::name(experiment.fidelity)},
            {"evaluations", run.evaluated},
            {"feasible", run.feasible},
            {"verdict", run.verdict},
            {"objectives", std::move(objectives)},
            {"hypervolume", run.convergence.empty() ? 0.0 : run.convergence.back().hypervolume},
            {"reference", std::move(reference)},
            {"convergence", std::move(convergence)},
            {"pairs", std::move(pairs)},
            {"contenders", contenders_json(run)}};
}

}  // namespace dyad::codesign
