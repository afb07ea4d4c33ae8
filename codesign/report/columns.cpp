// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/columns.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "codesign/report/words.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

/// Settings that occur, in the order of their values, and their numbers by pair.
std::pair<Json, Json> gene_json(const Run& run, const std::vector<std::size_t>& shown, std::size_t gene) {
    const auto& space = run.experiment->space;
    std::map<double, std::size_t> numbers;
    for (const auto i : shown)
        if (space.active(run.pairs[i].genome, gene)) numbers.emplace(run.pairs[i].genome[gene], 0);
    Json settings = Json::array(), column = Json::array();
    for (auto& [value, number] : numbers) {
        number = settings.size();
        settings.push_back(space.genes()[gene].label(value));
    }
    for (const auto i : shown) {
        const auto& genome = run.pairs[i].genome;
        if (space.active(genome, gene))
            column.push_back(numbers.at(genome[gene]));
        else
            column.push_back(-1);
    }
    Json about{{"name", space.genes()[gene].name}, {"settings", std::move(settings)}};
    return {std::move(about), std::move(column)};
}

Json number(double value) { return std::isfinite(value) ? Json(shortened(value)) : Json(nullptr); }

/// Of the front as computed; of other pairs only what is told of the networks has one.
Json spread_json(const Run& run, const std::vector<std::size_t>& shown, const Spreads& spreads, std::size_t k) {
    const auto metric = run.experiment->objectives[k];
    std::map<std::size_t, std::size_t> place;
    for (std::size_t f = 0; f < run.front.size(); ++f) place.emplace(run.front[f], f);
    Json column = Json::array();
    bool any = false;
    for (const auto i : shown) {
        const auto& evaluation = run.pairs[i].evaluation;
        const auto front = place.find(i);
        double half = evaluation.spreads[static_cast<std::size_t>(metric)];
        if (!told_of_network(metric) && front != place.end() && front->second < spreads.size())
            half = spreads[front->second][k] * std::abs(value(evaluation, metric));
        if (metric == Metric::latency && evaluation.latency_high > 0)
            half = (evaluation.latency_high - evaluation.latency_low) / 2;
        any = any || half > 0;
        column.push_back(number(half));
    }
    return any ? column : Json(nullptr);
}

}  // namespace

std::vector<std::size_t> shown_pairs(const Run& run, std::size_t most) {
    const std::set<std::size_t> front(run.front.begin(), run.front.end());
    const std::size_t room = std::max<std::size_t>(1, most - std::min(most - 1, front.size()));
    const std::size_t step = std::max<std::size_t>(1, (run.pairs.size() + room - 1) / room);
    std::vector<std::size_t> shown;
    for (std::size_t i = 0; i < run.pairs.size(); ++i)
        if (!run.pairs[i].evaluation.failed() && (front.contains(i) || i % step == 0)) shown.push_back(i);
    return shown;
}

Json columns_json(const Run& run, const std::vector<std::size_t>& shown, const Spreads& spreads) {
    const std::set<std::size_t> front(run.front.begin(), run.front.end());
    Json ids = Json::array(), states = Json::array(), objectives = Json::array(), halves = Json::array();
    for (const auto i : shown) {
        ids.push_back(run.pairs[i].id);
        states.push_back(front.contains(i) ? 2 : within_budgets(*run.experiment, run.pairs[i].evaluation) ? 1 : 0);
    }
    for (std::size_t k = 0; k < run.experiment->objectives.size(); ++k) {
        Json column = Json::array();
        for (const auto i : shown)
            column.push_back(number(value(run.pairs[i].evaluation, run.experiment->objectives[k])));
        objectives.push_back(std::move(column));
        halves.push_back(spread_json(run, shown, spreads, k));
    }
    Json genes = Json::array(), settings = Json::array();
    for (std::size_t g = 0; g < run.experiment->space.genes().size(); ++g) {
        auto [about, column] = gene_json(run, shown, g);
        genes.push_back(std::move(about));
        settings.push_back(std::move(column));
    }
    return {{"genes", std::move(genes)},
            {"pairs",
             {{"ids", std::move(ids)},
              {"state", std::move(states)},
              {"objectives", std::move(objectives)},
              {"spread", std::move(halves)},
              {"genes", std::move(settings)}}}};
}

}  // namespace dyad::codesign
