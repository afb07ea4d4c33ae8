// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "codesign/evaluation/pool.hpp"
#include "codesign/unit/chips.hpp"
#include "models/mapper.hpp"

namespace dyad::codesign {

/// Costs sizes by the closed forms: the genome is {chip, rows, cols, buffer}, steps of that chip's Sizes; the answer,
/// as `edp`, the mean logarithm of the objective over the networks.
class SizeEvaluator final : public Evaluator {
public:
    SizeEvaluator(std::vector<Sizes> chips, std::vector<std::shared_ptr<const models::Dataflow>> networks,
                  models::Objective objective)
        : chips_(std::move(chips)), networks_(std::move(networks)), objective_(objective) {}
    [[nodiscard]] Evaluation evaluate(const core::Genome& genome) override;
    [[nodiscard]] const Sizes& sizes(std::size_t chip) const { return chips_.at(chip); }

private:
    std::vector<Sizes> chips_;
    std::vector<std::shared_ptr<const models::Dataflow>> networks_;
    models::Objective objective_;
    models::MapperMemo memo_;
};

/// What was looked at already, by chip and step: searches within several budgets share it.
using SizeScores = std::map<std::pair<std::size_t, Sizes::Step>, double>;

struct BestSize {
    Sizes::Step step;
    double area = 0;
    std::size_t looked_at = 0;
};
/// Climbs from the file's array with less buffer, and from its buffer with less of the array, to a size whose
/// neighbours within `budget` are no better. Nothing when no size fits.
[[nodiscard]] std::optional<BestSize> best_size(EvaluatorPool& pool, const SizeEvaluator& evaluator, std::size_t chip,
                                                core::SquareMillimetres budget, SizeScores& known);

}  // namespace dyad::codesign
