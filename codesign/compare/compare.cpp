// SPDX-License-Identifier: Apache-2.0
#include "codesign/compare/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "codesign/run/pair_text.hpp"
#include "codesign/run/recorder.hpp"
#include "codesign/run/stagnation.hpp"
#include "codesign/search/archive.hpp"
#include "codesign/search/hypervolume.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

/// Evaluates what is new, and remembers it for all strategies and seeds.
class SharedJudge {
public:
    SharedJudge(Recorder& recorder, std::vector<Pair>& pairs) : recorder_(recorder), pairs_(pairs) {}

    std::vector<Evaluation> operator()(const std::vector<core::Genome>& genomes) {
        std::vector<Pair> batch;
        for (const auto& genome : genomes)
            if (known_.emplace(genome, pairs_.size() + batch.size()).second)
                batch.push_back({pairs_.size() + batch.size() + 1, genome, {}});
        recorder_.evaluate(batch);
        pairs_.insert(pairs_.end(), batch.begin(), batch.end());
        std::vector<Evaluation> evaluations;
        for (const auto& genome : genomes) evaluations.push_back(pairs_[known_.at(genome)].evaluation);
        return evaluations;
    }

private:
    Recorder& recorder_;
    std::vector<Pair>& pairs_;
    std::map<core::Genome, std::size_t> known_;
};

double volume_of(const std::vector<Fitness>& all, const Point& reference) {
    Archive archive;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].feasible()) archive.insert(i, all[i]);
    std::vector<Point> points;
    for (const auto& member : archive.members()) points.push_back(member.fitness.objectives);
    double unit = 1;
    for (const double bound : reference) unit *= bound != 0 ? std::abs(bound) : 1;
    return std::isfinite(unit) ? hypervolume(points, reference) / unit : 0;
}

Trial summed_up(const Experiment& experiment, const std::vector<Visit>& visits, Strategy strategy, std::uint64_t seed) {
    Trial trial;
    trial.strategy = strategy;
    trial.seed = seed;
    trial.evaluations = visits.size();
    for (const auto& visit : visits) trial.violations += fitness(experiment, visit.evaluation).feasible() ? 0 : 1;
    trial.violations /= static_cast<double>(visits.size());
    const auto& best = visits[best_of(experiment, visits)];
    trial.best = best.genome;
    if (fitness(experiment, best.evaluation).feasible())
        trial.edp = best.evaluation.metrics[static_cast<std::size_t>(Metric::edp)];
    return trial;
}

Duel duel(const StrategyComparison& comparison, const char* figure, double Trial::*value, bool less_is_better) {
    Duel result;
    result.figure = figure;
    const auto joint = comparison.values(Strategy::joint, value);
    double best = -std::numeric_limits<double>::infinity();
    std::vector<double> other;
    for (const auto strategy : all_strategies) {
        if (!is_separate(strategy)) continue;
        const auto values = comparison.values(strategy, value);
        const double worth = less_is_better ? -median(values) : median(values);
        if (!other.empty() && !(worth > best)) continue;
        best = worth;
        other = values;
        result.separate = strategy;
    }
    std::vector<double> gains;
    for (std::size_t i = 0; i < joint.size(); ++i)
        gains.push_back(less_is_better ? other[i] / joint[i] : joint[i] / other[i]);
    std::erase_if(gains, [](double gain) { return std::isnan(gain); });  // neither found anything
    result.seeds = gains.size();
    if (gains.empty()) return result;
    result.ratio = median(gains);
    result.interval = median_interval(gains);
    result.p = wilcoxon(joint, other);
    result.effect = less_is_better ? effect_size(other, joint) : effect_size(joint, other);
    return result;
}

void require_both_sides(const Experiment& experiment) {
    const auto& file = experiment.configs.front().file;
    if (std::ranges::any_of(experiment.targets, [](const Target& t) { return t.device != nullptr; }))
        throw core::Error(fmt::format(
            "{}: strategies are compared by energy-delay product, and of a device no energy is known: expected chips",
            file));
    const auto first = experiment.accelerator.first_gene, all = experiment.space.genes().size();
    if (first == 0 || first == all)
        throw core::Error(
            fmt::format("{}: nothing to compare: expected choices in both network and accelerator", file));
}

}  // namespace

std::vector<double> StrategyComparison::values(Strategy strategy, double Trial::*figure) const {
    std::vector<double> all;
    for (const auto& trial : trials)
        if (trial.strategy == strategy) all.push_back(trial.*figure);
    return all;
}

void judge(StrategyComparison& comparison) {
    comparison.edp = duel(comparison, "energy-delay product", &Trial::edp, true);
    comparison.hypervolume = duel(comparison, "hypervolume", &Trial::hypervolume, false);
}

Compared compare(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator, const CampaignOptions& options,
                 std::uint64_t seeds) {
    const auto& e = *experiment;
    require_both_sides(e);
    Compared result;
    auto& comparison = result.comparison;
    comparison.experiment = experiment;
    comparison.budget = e.search.population * e.search.generations;
    comparison.baseline_genome = baseline_of(e);
    std::vector<std::vector<Fitness>> visited;
    const auto walk = [&](Recorder& recorder, std::vector<Pair>& pairs) {
        SharedJudge shared(recorder, pairs);
        for (const auto strategy : all_strategies)
            for (std::uint64_t s = 0; s < seeds; ++s) {
                const auto seed = e.search.seed + s;
                const auto visits = pursue(strategy, e, seed, comparison.budget, std::ref(shared));
                comparison.baseline = visits.front().evaluation;
                comparison.trials.push_back(summed_up(e, visits, strategy, seed));
                visited.emplace_back();
                for (const auto& visit : visits) visited.back().push_back(fitness(e, visit.evaluation));
            }
    };
    const auto most = all_strategies.size() * seeds * comparison.budget;
    result.outcome =
        campaign(experiment, evaluator, options, {"compare", most, walk, {{"seeds", std::to_string(seeds)}}});
    if (result.outcome.interrupted) return result;
    // One reference point for all: by the file, by the budgets, else the worst of all that anybody visited.
    std::vector<Fitness> all;
    for (const auto& one : visited) all.insert(all.end(), one.begin(), one.end());
    const auto reference = reference_point(e, all);
    for (std::size_t i = 0; i < visited.size(); ++i)
        comparison.trials[i].hypervolume = volume_of(visited[i], reference);
    judge(comparison);
    return result;
}

}  // namespace dyad::codesign
