// SPDX-License-Identifier: Apache-2.0
#include "codesign/unit/best_size.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "models/energy.hpp"
#include "models/report.hpp"

namespace dyad::codesign {
namespace {

using Step = Sizes::Step;

double value(models::Objective objective, const models::Report& report) {
    if (objective == models::Objective::latency) return report.latency.count();
    if (objective == models::Objective::energy) return report.energy.count();
    return report.latency.count() * report.energy.count();
}

/// One search: what was looked at, and the best of it.
class Climb {
public:
    Climb(EvaluatorPool& pool, const Sizes& sizes, std::size_t chip, core::SquareMillimetres budget, SizeScores& known)
        : pool_(pool), sizes_(sizes), chip_(chip), budget_(budget), known_(known) {}

    std::optional<BestSize> run() {
        look_at(starts());
        if (scores_.empty()) return std::nullopt;
        for (auto from = best(); true; from = best()) {
            look_at(neighbours(from));
            if (best() == from) break;
        }
        if (!std::isfinite(scores_.at(best()))) return std::nullopt;
        return BestSize{best(), models::area(resized(sizes_.chip(), sizes_.at(best()))).count(), scores_.size()};
    }

private:
    [[nodiscard]] bool fits(const Step& step) const {
        return sizes_.contains(step) && sizes_.largest_buffer(step, budget_).value_or(-1) >= step.buffer;
    }

    /// The file's array with the largest buffer that fits; then, for each way to shrink the array, the first one that
    /// leaves room for the file's buffer.
    [[nodiscard]] std::set<Step> starts() const {
        std::set<Step> all;
        const auto file = sizes_.file();
        if (const auto buffer = sizes_.largest_buffer(file, budget_)) all.insert({file.rows, file.cols, *buffer});
        for (const auto& [rows, cols] : {std::pair{1, 0}, {0, 1}, {1, 1}})
            for (auto step = file; sizes_.contains(step); step.rows -= rows, step.cols -= cols) {
                if (!fits(step)) continue;
                all.insert(step);
                break;
            }
        return all;
    }

    [[nodiscard]] std::set<Step> neighbours(const Step& from) const {
        std::set<Step> all;
        for (const int rows : {-1, 0, 1})
            for (const int cols : {-1, 0, 1}) {
                const Step array{from.rows + rows, from.cols + cols, 0};
                if (!sizes_.contains(array)) continue;
                const auto most = sizes_.largest_buffer(array, budget_);
                if (!most) continue;
                for (const int buffer : {from.buffer - 1, from.buffer, from.buffer + 1, *most})
                    if (buffer >= 0 && buffer <= *most) all.insert({array.rows, array.cols, buffer});
            }
        return all;
    }

    void look_at(const std::set<Step>& steps) {
        std::vector<Step> fresh;
        std::vector<Job> jobs;
        for (const auto& step : steps) {
            const auto found = known_.find({chip_, step});
            if (found != known_.end()) {
                scores_.emplace(step, found->second);
                continue;
            }
            fresh.push_back(step);
            jobs.push_back({{static_cast<double>(chip_), static_cast<double>(step.rows), static_cast<double>(step.cols),
                             static_cast<double>(step.buffer)},
                            jobs.size()});
        }
        std::vector<double> answers(jobs.size(), std::numeric_limits<double>::infinity());
        const auto done = [&](std::size_t job, const Evaluation& evaluation) {
            if (!evaluation.failed()) answers[job] = evaluation.metrics[static_cast<std::size_t>(Metric::edp)];
        };
        (void)pool_.evaluate(jobs, done, [] { return false; });
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            scores_.emplace(fresh[i], answers[i]);
            known_.emplace(std::pair{chip_, fresh[i]}, answers[i]);
        }
    }

    /// The least score; of equals the first in order.
    [[nodiscard]] Step best() const {
        auto least = scores_.begin();
        for (auto at = scores_.begin(); at != scores_.end(); ++at)
            if (at->second < least->second) least = at;
        return least->first;
    }

    EvaluatorPool& pool_;
    const Sizes& sizes_;
    std::size_t chip_;
    core::SquareMillimetres budget_;
    SizeScores& known_;
    std::map<Step, double> scores_;
};

}  // namespace

Evaluation SizeEvaluator::evaluate(const core::Genome& genome) {
    const auto at = [&](std::size_t i) { return static_cast<int>(genome.at(i)); };
    const auto& sizes = chips_.at(static_cast<std::size_t>(genome.at(0)));
    const auto chip =
        std::make_shared<const hw_space::Accelerator>(resized(sizes.chip(), sizes.at({at(1), at(2), at(3)})));
    double sum = 0;
    for (const auto& network : networks_)
        sum += std::log(value(objective_, models::analytic(models::map_all(
                                              network, chip, {.objective = objective_, .chains = false}, memo_))));
    Evaluation evaluation;
    evaluation.metrics.fill(std::numeric_limits<double>::quiet_NaN());
    evaluation.metrics[static_cast<std::size_t>(Metric::edp)] = sum / static_cast<double>(networks_.size());
    return evaluation;
}

std::optional<BestSize> best_size(EvaluatorPool& pool, const SizeEvaluator& evaluator, std::size_t chip,
                                  core::SquareMillimetres budget, SizeScores& known) {
    return Climb(pool, evaluator.sizes(chip), chip, budget, known).run();
}

}  // namespace dyad::codesign
