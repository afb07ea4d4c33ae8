// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "codesign/experiment/metric.hpp"

namespace dyad::core {
class Object;
}

namespace dyad::codesign {

/// A program that is asked what networks are worth, by the accuracy evaluator protocol (dyad/accuracy/1).
struct AccuracyEvaluator {
    std::string name;                           ///< zero_cost, supernet: of dyad-accuracy; command: one's own program
    std::vector<std::string> command;           ///< of `command`: the program and its arguments
    std::string options = "{}";                 ///< a JSON object, passed on
    std::string training = "{}";                ///< of `supernet`: options of its training, where that is to be done
    std::vector<Metric> metrics;                ///< what is asked for
    std::uint64_t seeds = 1;                    ///< asked so often, with seeds from 1
    std::chrono::milliseconds timeout{60'000};  ///< of one answer
    std::string unit = "score";                 ///< of what is told: a score, or "%"
    std::vector<std::string> reuse;             ///< directories of runs whose answers hold here too
    [[nodiscard]] bool is_score() const { return unit == "score"; }
    /// The file that the option `checkpoint` names, or "".
    [[nodiscard]] std::filesystem::path checkpoint() const;
    /// Of its contents; "" without one. Throws core::Error when it cannot be read.
    [[nodiscard]] std::string checkpoint_hash() const;
    /// All that decides an answer, as text. Throws as checkpoint_hash() does.
    [[nodiscard]] std::string question() const;
};

/// The entries of `accuracy:` in the experiment file `file` besides `evaluator`, which is `name`. Errors are recorded.
[[nodiscard]] AccuracyEvaluator parse_evaluator(core::Object& entry, const std::string& name,
                                                const std::filesystem::path& file);

/// What can tell accuracy, robustness and fairness in an experiment.
struct Offer {
    bool accuracy = false, robustness = false;
    bool score = false;  ///< the accuracy is a score, no share of images
};

}  // namespace dyad::codesign
