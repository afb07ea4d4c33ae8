// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "codesign/report/columns.hpp"
#include "codesign/report/detail.hpp"
#include "codesign/report/matters.hpp"
#include "codesign/report/robustness.hpp"
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
                        {"unit", unit_of(experiment, metric)},
                        {"better", about.maximise ? "higher" : "lower"},
                        {"meaning", about.meaning}});
    }
    return list;
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

Json picks_json(const Run& run) {
    Json list = Json::array();
    for (const auto& pick : picks(run))
        list.push_back({{"title", pick.title}, {"why", pick.why}, {"id", run.pairs[pick.pair].id}});
    return list;
}

/// By front pair; those that were not examined have none.
Spreads spreads_of(const Run& run, const std::vector<PlayedPair>& figures, const Robustness& firm) {
    Spreads all(run.front.size(), std::vector<double>(run.experiment->objectives.size()));
    for (std::size_t i = 0; i < figures.size(); ++i) {
        const auto place = std::ranges::lower_bound(run.front, figures[i].pair) - run.front.begin();
        all[static_cast<std::size_t>(place)] = firm.spreads[i];
    }
    return all;
}

Json others_json(const Run& run, const std::vector<Other>& others) {
    Json list = Json::array();
    for (const auto& other : others) list.push_back(other_json(run, other));
    return list;
}

std::string baseline_text(const Run& run, const std::vector<Other>& others) {
    const auto random = std::ranges::find(others, true, &Other::random);
    return random == others.end() ? "" : baseline_words(run, *random);
}

}  // namespace

Json report_data(const Run& run, const std::vector<Other>& others, std::size_t layers) {
    constexpr std::size_t most_shown = 6000;
    const auto& experiment = *run.experiment;
    Json constraints = Json::array();
    for (const auto& budget : experiment.constraints) constraints.push_back(budget.text);
    auto front = front_details(run, layers);
    const auto firm = robustness(run, front.figures);
    auto columns = columns_json(run, shown_pairs(run, most_shown), spreads_of(run, front.figures, firm));
    return {{"schema", "dyad/report/2"},
            {"title", experiment.name},
            {"kind", run.command},
            {"summary", summary(run)},
            {"objectives", objectives_json(experiment)},
            {"constraints", constraints},
            {"genes", std::move(columns["genes"])},
            {"counts", counts_json(run)},
            {"picks", picks_json(run)},
            {"strings", std::move(front.strings)},
            {"front", std::move(front.pairs)},
            {"pairs", std::move(columns["pairs"])},
            {"reasons", reasons_json(run)},
            {"matters", matters_json(run, what_matters(run))},
            {"hypervolume", hypervolume_json(run)},
            {"specialisation", specialisation_json(run)},
            {"same_macs", same_macs_json(run)},
            {"baseline", baseline_text(run, others)},
            {"others", others_json(run, others)},
            {"robustness", robustness_json(run, front.figures, firm)},
            {"trust", std::move(front.trust)},
            {"sources", std::move(front.sources)},
            {"manifest", core::to_json(run.manifest)}};
}

}  // namespace dyad::codesign
