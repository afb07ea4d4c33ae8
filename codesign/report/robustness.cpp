// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/robustness.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "codesign/compare/statistics.hpp"
#include "codesign/evaluation/aggregate.hpp"
#include "codesign/report/constants.hpp"
#include "codesign/report/words.hpp"
#include "codesign/run/certainty.hpp"
#include "codesign/run/pair_text.hpp"
#include "codesign/run/targets.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"

namespace dyad::codesign {
namespace {

constexpr double step = 0.2;

/// A pair's figures with a chip whose constants differ.
Evaluation evaluated(const Run& run, const PlayedPair& figures, const hw_space::Accelerator& chip) {
    auto reports = figures.reports;
    const auto area = models::area(chip);
    for (std::size_t n = 0; n < reports.size(); ++n) {
        reports[n].energy = figures.events[n].on(chip);
        reports[n].area = area;
        if (reports[n].latency.count() > 0) reports[n].power = reports[n].energy / reports[n].latency;
    }
    auto evaluation = aggregate(*run.experiment, reports, {}, &chip);
    const auto& own = run.pairs[figures.pair].evaluation;
    for (const auto m : told_of_networks) {
        evaluation.metrics[static_cast<std::size_t>(m)] = value(own, m);
        evaluation.spreads[static_cast<std::size_t>(m)] = own.spreads[static_cast<std::size_t>(m)];
    }
    return evaluation;
}

/// By candidate: within the budgets, and no other such on the same target dominates it.
std::vector<bool> best_of(const std::vector<Fitness>& all, const std::vector<std::size_t>& targets) {
    std::vector<std::size_t> order(all.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order,
                             [&](std::size_t a, std::size_t b) { return all[a].objectives < all[b].objectives; });
    std::vector<bool> best(all.size());
    std::vector<std::size_t> front;  // whoever dominates stands earlier in the order
    for (const auto i : order) {
        if (!all[i].feasible()) continue;
        const auto worse = [&](std::size_t f) {
            return targets[f] == targets[i] && dominates(all[f].objectives, all[i].objectives);
        };
        best[i] = std::ranges::none_of(front, worse);
        if (best[i]) front.push_back(i);
    }
    return best;
}

/// Chips without the long texts behind their constants, which are copied often.
void drop_sources(std::vector<PlayedPair>& figures) {
    std::map<const void*, std::shared_ptr<const hw_space::Technology>> technologies;
    std::map<const void*, std::shared_ptr<const hw_space::DramStandard>> standards;
    const auto bare = [](auto& known, const auto& full) {
        auto& slot = known[full.get()];
        if (!slot) {
            auto copy = *full;
            copy.constants.clear();
            slot = std::make_shared<const decltype(copy)>(std::move(copy));
        }
        return slot;
    };
    for (auto& pair : figures) {
        auto chip = *pair.chip;
        chip.technology = bare(technologies, pair.chip->technology);
        chip.dram.standard = bare(standards, pair.chip->dram.standard);
        chip.note.clear();
        pair.chip = std::make_shared<const hw_space::Accelerator>(std::move(chip));
    }
}

double relative(double now, double before) { return before > 0 ? now / before - 1 : 0; }

/// By pair: the target that it runs on.
std::vector<std::size_t> targets_of(const Run& run, const std::vector<PlayedPair>& figures) {
    std::vector<std::size_t> targets;
    for (const auto& f : figures) targets.push_back(target_index(*run.experiment, run.pairs[f.pair].genome));
    return targets;
}

/// What one constant does at both ends.
ConstantChange tried(const Run& run, const std::vector<PlayedPair>& figures, const std::vector<Evaluation>& own,
                     const CostConstant& constant) {
    ConstantChange result{constant.name, 0, 0, {}, {}, {}, {}};
    for (const double factor : {1 - step, 1 + step}) {
        std::vector<Fitness> all;
        for (std::size_t i = 0; i < figures.size(); ++i) {
            const auto now = evaluated(run, figures[i], scaled(*figures[i].chip, constant, factor));
            all.push_back(fitness(*run.experiment, now));
            if (factor < 1) continue;
            result.energies.push_back(relative(value(now, Metric::energy), value(own[i], Metric::energy)));
            result.areas.push_back(relative(value(now, Metric::area), value(own[i], Metric::area)));
        }
        (factor < 1 ? result.kept_low : result.kept_high) = best_of(all, targets_of(run, figures));
    }
    result.energy = median(result.energies);
    result.area = median(result.areas);
    return result;
}

bool changes_nothing(const ConstantChange& constant) {
    constexpr double noise = 1e-9;
    const auto small = [](double change) { return std::abs(change) < noise; };
    return std::ranges::all_of(constant.energies, small) && std::ranges::all_of(constant.areas, small);
}

/// One possible truth: every figure as it might turn out.
class Draw {
public:
    /// `networks`: by pair, the number of its networks (number_networks()).
    Draw(const Run& run, const std::vector<PlayedPair>& figures, const std::vector<ConstantChange>& constants,
         const std::vector<std::size_t>& networks, std::uint64_t number)
        : run_(run),
          figures_(figures),
          constants_(constants),
          networks_(networks),
          random_(run.seed, "truth", number),
          errors_(told_of_networks.size() * networks.size()) {
        for (std::size_t c = 0; c < constants.size(); ++c)
            change_.push_back((std::pow(1 + step, random_.normal() / core::normal_90) - 1) / step);
        for (double& error : errors_) error = random_.normal();
    }

    [[nodiscard]] Fitness of(std::size_t i, const Evaluation& own) {
        auto drawn = own;
        const auto metric = [&](Metric m) -> double& { return drawn.metrics[static_cast<std::size_t>(m)]; };
        double energy = 1, area = 1;
        for (std::size_t c = 0; c < constants_.size(); ++c) {
            energy += constants_[c].energies[i] * change_[c];
            area += constants_[c].areas[i] * change_[c];
        }
        const double time = std::pow(1 + figures_[i].timing, random_.normal() / core::normal_90);
        for (std::size_t t = 0; t < told_of_networks.size(); ++t)
            metric(told_of_networks[t]) += own.spreads[static_cast<std::size_t>(told_of_networks[t])] /
                                           core::normal_90 * errors_[networks_[i] * told_of_networks.size() + t];
        metric(Metric::latency) *= time;
        metric(Metric::throughput) /= time;
        metric(Metric::energy) *= energy;
        metric(Metric::power) *= energy / time;
        metric(Metric::edp) *= energy * time;
        metric(Metric::area) *= area;
        return fitness(*run_.experiment, drawn);
    }

private:
    const Run& run_;
    const std::vector<PlayedPair>& figures_;
    const std::vector<ConstantChange>& constants_;
    const std::vector<std::size_t>& networks_;
    core::Stream random_;
    std::vector<double> errors_;  ///< of what is told of each network, in standard deviations
    std::vector<double> change_;  ///< in units of a change of +20 %
};

/// Enough draws for two digits where there are few pairs; fewer where each takes long.
std::size_t draws_for(std::size_t pairs) {
    constexpr std::size_t most = 1000, least = 200, work = 100'000'000;
    return std::clamp(work / std::max<std::size_t>(1, pairs * pairs), least, most);
}

double half_width(const std::vector<ConstantChange>& constants, std::size_t pair,
                  std::vector<double> ConstantChange::*changes) {
    double squares = 0;
    for (const auto& constant : constants) squares += std::pow((constant.*changes)[pair], 2);
    return std::sqrt(squares);
}

std::vector<double> spreads_of(const Run& run, const PlayedPair& figures, double energy, double area) {
    const double time = figures.timing;
    std::vector<double> halves;
    for (const auto metric : run.experiment->objectives) {
        double half = 0;
        if (metric == Metric::latency || metric == Metric::throughput) half = time;
        if (metric == Metric::energy) half = energy;
        if (metric == Metric::area) half = area;
        if (metric == Metric::power || metric == Metric::edp) half = std::hypot(energy, time);
        halves.push_back(half);
    }
    return halves;
}

}  // namespace

Robustness robustness(const Run& run, std::vector<PlayedPair> figures) {
    Robustness result;
    drop_sources(figures);
    std::vector<Evaluation> own;
    for (const auto& pair : figures) own.push_back(evaluated(run, pair, *pair.chip));
    for (const auto& constant : cost_constants()) {
        auto sensitivity = tried(run, figures, own, constant);
        if (!changes_nothing(sensitivity)) result.constants.push_back(std::move(sensitivity));
    }
    result.kept.assign(figures.size(), 0);
    result.probability.assign(figures.size(), 0);
    for (std::size_t i = 0; i < figures.size(); ++i) {
        for (const auto& constant : result.constants) result.kept[i] += constant.kept_low[i] + constant.kept_high[i];
        result.spreads.push_back(spreads_of(run, figures[i], half_width(result.constants, i, &ConstantChange::energies),
                                            half_width(result.constants, i, &ConstantChange::areas)));
    }
    std::vector<const Pair*> pairs;
    for (const auto& pair : figures) pairs.push_back(&run.pairs[pair.pair]);
    const auto networks = number_networks(*run.experiment, pairs), targets = targets_of(run, figures);
    result.draws = draws_for(figures.size());
    for (std::size_t d = 0; d < result.draws; ++d) {
        Draw draw(run, figures, result.constants, networks, d);
        std::vector<Fitness> all;
        for (std::size_t i = 0; i < figures.size(); ++i) all.push_back(draw.of(i, own[i]));
        const auto best = best_of(all, targets);
        for (std::size_t i = 0; i < best.size(); ++i) result.probability[i] += best[i];
    }
    for (auto& p : result.probability) p /= static_cast<double>(result.draws);
    return result;
}

}  // namespace dyad::codesign
