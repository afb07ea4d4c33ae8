// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "codesign/report/detail.hpp"
#include "codesign/report/same_macs.hpp"
#include "codesign/report/specialisation.hpp"
#include "codesign/report/words.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

Json objectives_json(const Experiment& experiment) {
    Json list = Json::array();
    for (const auto metric : experiment.objectives) {
        const auto& about = info(metric);
        std::string label = about.name;
        label[0] = static_cast<char>(label[0] - 'a' + 'A');
        std::replace(label.begin(), label.end(), '_', ' ');
        list.push_back({{"key", about.name},
                        {"label", label},
                        {"unit", about.unit},
                        {"better", about.maximise ? "higher" : "lower"},
                        {"meaning", about.meaning}});
    }
    return list;
}

/// Pairs beyond `most` are thinned evenly, so that the page stays fluid; the front is always shown.
Json pairs_json(const Run& run, std::size_t most) {
    const std::set<std::size_t> front(run.front.begin(), run.front.end());
    const std::size_t step = std::max<std::size_t>(1, (run.pairs.size() + most - 1) / most);
    Json ids = Json::array(), points = Json::array(), states = Json::array();
    for (std::size_t i = 0; i < run.pairs.size(); i += step) {
        const auto& pair = run.pairs[i];
        if (pair.evaluation.failed()) continue;
        ids.push_back(pair.id);
        points.push_back(objective_values(*run.experiment, pair.evaluation));
        states.push_back(front.contains(i) ? 2 : within_budgets(*run.experiment, pair.evaluation) ? 1 : 0);
    }
    return {{"shown", ids.size()}, {"ids", ids}, {"objectives", points}, {"state", states}};
}

Json counts_json(const Run& run) {
    return {{"evaluated", run.evaluated},
            {"feasible", run.kept_budgets},
            {"failed", run.failed},
            {"front", run.front.size()}};
}

/// Broken budgets and reasons of failure, most frequent first.
Json reasons_json(const Run& run) {
    std::map<std::string, std::size_t> counts;
    for (const auto& pair : run.pairs) {
        if (pair.evaluation.failed()) ++counts[pair.evaluation.reason];
        for (const auto& budget : run.experiment->constraints)
            if (!pair.evaluation.failed() && budget.violation(value(pair.evaluation, budget.metric)) > 0)
                ++counts["does not keep " + budget.text];
    }
    std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    Json list = Json::array();
    for (const auto& [reason, count] : sorted)
        if (list.size() < 20) list.push_back({{"reason", reason}, {"count", count}});
    return list;
}

Json hypervolume_json(const Run& run) {
    Json points = Json::array(), reference = Json::array();
    for (const auto& sample : run.convergence) points.push_back({sample.evaluations, sample.hypervolume});
    for (std::size_t i = 0; i < run.reference.size(); ++i)
        reference.push_back(signed_objective(run.experiment->objectives[i], run.reference[i]));
    return {{"reference", reference}, {"points", points}};
}

Json effects_json(const Run& run) {
    Json list = Json::array();
    if (run.command != "sweep") return list;  // only a full factorial averages the other choices out
    for (const auto& effect : main_effects(*run.experiment, run.pairs)) {
        Json settings = Json::array();
        for (const auto& level : effect.levels)
            settings.push_back({{"label", level.label}, {"count", level.pairs}, {"means", level.means}});
        list.push_back({{"gene", run.experiment->space.genes()[effect.gene].name}, {"settings", settings}});
    }
    return list;
}

Json picks_json(const Run& run) {
    Json list = Json::array();
    for (const auto& pick : picks(run))
        list.push_back({{"title", pick.title}, {"why", pick.why}, {"id", run.pairs[pick.pair].id}});
    return list;
}

}  // namespace

Json report_data(const Run& run) {
    const auto& experiment = *run.experiment;
    Json genes = Json::array(), constraints = Json::array();
    for (const auto& gene : experiment.space.genes()) genes.push_back(gene.name);
    for (const auto& budget : experiment.constraints) constraints.push_back(budget.text);
    auto front = front_details(run);
    return {{"schema", "dyad/report/1"},
            {"title", experiment.name},
            {"kind", run.command},
            {"summary", summary(run)},
            {"objectives", objectives_json(experiment)},
            {"constraints", constraints},
            {"genes", genes},
            {"counts", counts_json(run)},
            {"picks", picks_json(run)},
            {"strings", std::move(front.strings)},
            {"front", std::move(front.pairs)},
            {"pairs", pairs_json(run, 6000)},
            {"reasons", reasons_json(run)},
            {"effects", effects_json(run)},
            {"hypervolume", hypervolume_json(run)},
            {"specialisation", specialisation_json(run)},
            {"same_macs", same_macs_json(run)},
            {"trust", std::move(front.trust)},
            {"sources", std::move(front.sources)},
            {"manifest", core::to_json(run.manifest)}};
}

}  // namespace dyad::codesign
