// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "codesign/evaluation/pool.hpp"
#include "codesign/run/answers.hpp"

namespace dyad::codesign {

/// Pairs on their way: what is to be simulated, what is to be asked of an accuracy evaluator (each network once, side
/// by side with the simulations), and which pair waits for which answer.
class Batch {
public:
    /// `answers`: null without an evaluator program.
    Batch(const Experiment& experiment, Answers* answers) : experiment_(experiment), answers_(answers) {}

    /// `pair` must stay where it is.
    void add(Pair& pair);
    /// Questions first.
    [[nodiscard]] std::vector<Job> jobs() const;
    /// Takes in what came of a job, and calls `complete` for each pair that is whole now.
    void done(std::size_t job, const Evaluation& evaluation, const std::function<void(const Pair&)>& complete);

private:
    struct Waiting {
        Pair* pair;
        std::vector<std::string> networks;
        bool simulated = false;
    };
    void simulated(Waiting& waiting, const Evaluation& evaluation, const std::function<void(const Pair&)>& complete);
    /// True when the pair is whole.
    bool finish(Waiting& waiting) const;

    const Experiment& experiment_;
    Answers* answers_;
    std::vector<Waiting> pairs_;
    std::vector<std::string> asked_;  ///< networks, by question
    std::vector<Job> questions_;
    std::map<std::string, std::vector<std::size_t>> waiting_for_;  ///< pairs, by network
};

}  // namespace dyad::codesign
