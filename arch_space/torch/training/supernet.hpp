// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string_view>

#include "arch_space/torch/training/checkpoint.hpp"
#include "core/choice_space.hpp"

namespace dyad::arch_space::torch {

/// One network for all members of a space: each step trains one of them, drawn uniformly (single path, Guo et al.
/// 2020), at its own precision.
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
    [[nodiscard]] Network member(std::string_view purpose, std::uint64_t number) const;

    std::shared_ptr<const core::Document> document_;
    core::ChoiceSpace space_;
    Trainer trainer_;
    Checkpoint state_;
};

}  // namespace dyad::arch_space::torch
