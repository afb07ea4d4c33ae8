// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "codesign/evaluation/evaluation.hpp"

namespace dyad::codesign {

struct Job {
    core::Genome genome;
    std::uint64_t affinity = 0;  ///< jobs with equal affinity prefer one worker, for what it remembers
};

/// Evaluates batches of candidates. What comes out depends on the genomes alone, never on the number of workers nor on
/// the order in which they answer.
class EvaluatorPool {
public:
    using Done = std::function<void(std::size_t job, const Evaluation&)>;
    using Stop = std::function<bool()>;

    virtual ~EvaluatorPool() = default;
    /// Calls `done` once a job, in the order of arrival. Asks `stop` several times a second; returns false when it said
    /// so, with some jobs not done.
    virtual bool evaluate(const std::vector<Job>& jobs, const Done& done, const Stop& stop) = 0;
    [[nodiscard]] virtual unsigned workers() const = 0;
};

/// One after another in this process: a crash ends it all.
[[nodiscard]] std::unique_ptr<EvaluatorPool> in_process_pool(Evaluator& evaluator);

struct ProcessPoolOptions {
    unsigned workers = 1;
    std::chrono::milliseconds time_limit{300'000};  ///< of one evaluation
};
/// Forks the workers at once: create it before threads or large heaps exist. Each has its own copy of `evaluator`. An
/// evaluation that crashes twice, or once exceeds the time limit, costs that candidate; the worker is replaced.
[[nodiscard]] std::unique_ptr<EvaluatorPool> process_pool(Evaluator& evaluator, const ProcessPoolOptions& options);

}  // namespace dyad::codesign
