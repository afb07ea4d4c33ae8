// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "codesign/evaluation/evaluation.hpp"
#include "codesign/experiment/experiment.hpp"

namespace dyad::codesign {

/// Ways to spend one budget of evaluations on a network and its accelerator.
enum class Strategy : std::uint8_t {
    fixed_network,
    fixed_hardware,
    network_then_hardware,
    hardware_then_network,
    alternating,
    joint,
    random
};
inline constexpr std::array all_strategies{Strategy::fixed_network,
                                           Strategy::fixed_hardware,
                                           Strategy::network_then_hardware,
                                           Strategy::hardware_then_network,
                                           Strategy::alternating,
                                           Strategy::joint,
                                           Strategy::random};
/// `network then hardware`
[[nodiscard]] const char* name(Strategy strategy);
/// Those that never change network and hardware in one step.
[[nodiscard]] bool is_separate(Strategy strategy);

/// Evaluates genomes of the joint space; answers in their order.
using Judge = std::function<std::vector<Evaluation>(const std::vector<core::Genome>&)>;

struct Visit {
    core::Genome genome;
    Evaluation evaluation;
};

/// The pair that comparisons start from: what `baseline` in the file says, else the middle setting of each gene.
[[nodiscard]] core::Genome baseline_of(const Experiment& experiment);

/// What all strategies are after: the lowest energy-delay product among the pairs that keep every budget, with at least
/// the accuracy and at most the area of the first one, the baseline. Its index; 0 when no other does better.
[[nodiscard]] std::size_t best_of(const Experiment& experiment, const std::vector<Visit>& visits);

/// The `budget` different pairs that the strategy visits (fewer when its space has fewer), the baseline first. Searches
/// are NSGA-II with the experiment's population. Separate ones hold one side fixed while they search the other, and
/// hand on the best pair: in two halves, or in six turns when alternating (more while one side is used up).
[[nodiscard]] std::vector<Visit> pursue(Strategy strategy, const Experiment& experiment, std::uint64_t seed,
                                        std::uint64_t budget, const Judge& judge);

}  // namespace dyad::codesign
