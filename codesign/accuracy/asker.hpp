// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "arch_space/network.hpp"
#include "codesign/evaluation/evaluation.hpp"
#include "codesign/experiment/accuracy_evaluator.hpp"

namespace dyad::codesign {

/// Asks an experiment's evaluator program about networks. The program starts with the first question and ends with the
/// process that asks, whatever ends that.
class Asker {
public:
    explicit Asker(const AccuracyEvaluator& evaluator);
    ~Asker();
    /// The metrics that are asked for, each the mean over the seeds; its spread joins what the program says itself with
    /// 1.645 standard deviations over the seeds. A failure where the program fails. Throws core::Error when it cannot
    /// start.
    [[nodiscard]] Evaluation ask(const arch_space::Network& network);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace dyad::codesign
