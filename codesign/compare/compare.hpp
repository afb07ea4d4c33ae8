// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "codesign/compare/statistics.hpp"
#include "codesign/compare/strategies.hpp"
#include "codesign/run/campaign.hpp"

namespace dyad::codesign {

/// What one strategy reached with one seed.
struct Trial {
    Strategy strategy = Strategy::joint;
    std::uint64_t seed = 0;
    std::uint64_t evaluations = 0;
    double hypervolume = 0;  ///< of its feasible pairs, in units of the common reference point
    double edp = std::numeric_limits<double>::infinity();  ///< of its best pair (best_of), J s; none: infinite
    double violations = 0;  ///< share of its pairs that break a budget or cannot be evaluated
    core::Genome best;
};

/// Joint search beside the best separate strategy, in one figure of which more is better.
struct Duel {
    std::string figure;
    Strategy separate = Strategy::alternating;
    std::size_t seeds = 0;  ///< in which at least one of them found a pair that counts
    double ratio = 1;  ///< median over the seeds of joint's gain: above 1 joint is better; infinite: it alone found
    Interval interval;
    double p = 1;         ///< Wilcoxon, paired by seed
    double effect = 0.5;  ///< chance that joint is better
    [[nodiscard]] bool won() const { return interval.low > 1 && p < 0.05; }
    [[nodiscard]] bool lost() const { return interval.high < 1 && p < 0.05; }
};

struct StrategyComparison {
    std::shared_ptr<const Experiment> experiment;
    std::uint64_t budget = 0;
    Evaluation baseline;
    core::Genome baseline_genome;
    std::vector<Trial> trials;  ///< strategy by strategy, seed by seed
    Duel edp, hypervolume;
    [[nodiscard]] std::vector<double> values(Strategy strategy, double Trial::*figure) const;
};

/// Every strategy with `seeds` seeds, each with population times generations evaluations; a pair is evaluated once for
/// all of them. The pairs are in the run that comes with it.
struct Compared {
    Outcome outcome;
    StrategyComparison comparison;  ///< unless interrupted
};
[[nodiscard]] Compared compare(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator,
                               const CampaignOptions& options, std::uint64_t seeds);

/// Fills in both duels.
void judge(StrategyComparison& comparison);

/// What came of it in words; says so when joint does not win.
[[nodiscard]] std::string words(const StrategyComparison& comparison);
[[nodiscard]] nlohmann::ordered_json to_json(const StrategyComparison& comparison);
/// compare.json, compare.csv (a row a trial) and compare.html.
void write_comparison(const StrategyComparison& comparison, const std::filesystem::path& directory);

}  // namespace dyad::codesign
