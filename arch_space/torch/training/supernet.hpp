// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "arch_space/torch/training/checkpoint.hpp"
#include "core/choice_space.hpp"

namespace dyad::arch_space::torch {

/// One network for all members of a space: each step trains one of them (single path, Guo et al. 2020), at its own
/// precision. Members are drawn so that within twelve steps each option of a choice has its turn as often as any other
/// (strict fairness, Chu et al. 2021), as far as it divides twelve.
class Supernet {
public:
    /// Throws core::Error when the file holds no space.
    Supernet(const std::filesystem::path& space, const DataSet& data, const Recipe& recipe, unsigned threads = 1);

    [[nodiscard]] const Checkpoint& state() const { return state_; }
    /// Goes on from a checkpoint. Throws core::Error unless it is of the same space, data set and recipe.
    void resume(const std::filesystem::path& file);
    /// Trains up to before step `last` and at most to the end.
    void run(std::uint64_t last, const StepDone& done);

private:
    [[nodiscard]] core::Genome fair_genome(std::uint64_t step) const;
    [[nodiscard]] Network member(const core::Genome& genome) const;
    /// So that a member that no step draws finds room for its weights.
    void make_room();

    std::shared_ptr<const core::Document> document_;
    core::ChoiceSpace space_;
    Trainer trainer_;
    Checkpoint state_;
};

}  // namespace dyad::arch_space::torch
