// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "arch_space/accuracy/surrogate.hpp"
#include "codesign/evaluation/evaluation.hpp"
#include "codesign/experiment/experiment.hpp"
#include "models/report.hpp"

namespace dyad::hw_space {
struct Accelerator;
}  // namespace dyad::hw_space

namespace dyad::codesign {

/// The metrics of a pair from one report (and, if any, one accuracy) a network. In a suite latency, energy and accuracy
/// are aggregated as the experiment says (weighted; the sum of accuracies is their weighted mean), throughput and edp
/// follow from those, power and memory are the worst, and all models are stored. `chip`: nullptr = a measured device.
[[nodiscard]] Evaluation aggregate(const Experiment& experiment, const std::vector<models::Report>& reports,
                                   const std::vector<arch_space::Estimate>& accuracy,
                                   const hw_space::Accelerator* chip);

/// Adds what an evaluator said of each network: accuracy, robustness and the gap between groups, aggregated as accuracy
/// is (in the worst case the greatest gap). With a network that it could not tell of, the pair's evaluation is its
/// failure.
void add_told(const Experiment& experiment, const std::vector<Evaluation>& told, Evaluation& evaluation);

}  // namespace dyad::codesign
