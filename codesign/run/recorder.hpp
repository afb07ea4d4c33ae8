// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "codesign/evaluation/pool.hpp"
#include "codesign/run/answers.hpp"
#include "codesign/run/database.hpp"
#include "codesign/run/interrupt.hpp"
#include "core/progress.hpp"

namespace dyad::codesign {

/// Thrown when the user asked to stop; everything done so far is on disk.
struct Interrupted {};

/// Evaluates pairs and puts them on disk as they come. Pairs that are there already, from an earlier run, are taken
/// from there: going on is running again with the known answers at hand.
class Recorder {
public:
    Recorder(const Experiment& experiment, EvaluatorPool& pool, Database& database, Interrupt& interrupt,
             core::Progress& progress);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;
    /// Fills in the evaluations of `pairs`, whose ids ascend. Throws Interrupted; core::Error when the disk refuses,
    /// when the stored pairs are of another search, or when the evaluator can no longer be started.
    void evaluate(std::vector<Pair>& pairs);

private:
    /// Fills in what is on disk of `batch`; those that are not.
    std::vector<Pair*> recall(std::vector<Pair>& batch);

    const Experiment& experiment_;
    EvaluatorPool& pool_;
    Database& database_;
    Interrupt& interrupt_;
    core::Progress& progress_;
    bool resumed_;                      ///< there were pairs on disk at the start
    std::unique_ptr<Answers> answers_;  ///< of an evaluator program
};

}  // namespace dyad::codesign
