// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "arch_space/network.hpp"
#include "codesign/evaluation/evaluation.hpp"
#include "codesign/experiment/accuracy_evaluator.hpp"

namespace dyad::codesign {

/// The program of an experiment's evaluator and its arguments. Throws core::Error where dyad-accuracy is missing.
[[nodiscard]] std::vector<std::string> command_of(const AccuracyEvaluator& evaluator);

/// Asks an experiment's evaluator program about networks. The program starts with the first question and ends with the
/// process that asks, whatever ends that.
class Asker {
public:
    explicit Asker(const AccuracyEvaluator& evaluator);
    ~Asker();
    /// The metrics that are asked for, each the mean over the seeds; its spread joins what the program says itself with
    /// core::normal_90 standard deviations over the seeds. A failure where the program fails; one that ends the run
    /// where it cannot be started.
    [[nodiscard]] Evaluation ask(const arch_space::Network& network);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dyad::codesign
