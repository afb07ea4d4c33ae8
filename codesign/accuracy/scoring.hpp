// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "arch_space/network.hpp"
#include "codesign/accuracy/program.hpp"

namespace dyad::codesign {

/// How networks are scored by an evaluator program.
struct Scoring {
    std::vector<std::string> command;  ///< the program and its arguments
    std::string evaluator = "zero_cost";
    std::vector<std::string> metrics{"accuracy"};
    std::string options = "{}";  ///< a JSON object
    std::uint64_t seed = 1;
    std::chrono::milliseconds timeout{60'000};
    unsigned workers = 1;  ///< programs that run at a time
};

/// The network of a number below `count`. May throw core::Error, which is then the answer. Called by several threads.
using NetworkOf = std::function<arch_space::Network(std::size_t)>;

/// The answers for networks 0 to count-1. A network that the program dies, hangs or chokes on has an error. Networks
/// with one fingerprint get the answer of the first. `done` is called after each. Throws core::Error when the program
/// cannot be started at all.
[[nodiscard]] std::vector<AccuracyAnswer> score(
    const Scoring& scoring, std::size_t count, const NetworkOf& network, const std::function<void()>& done = [] {});

/// Ranks by several scores at once: the mean of each one's ranks, weighted; 0 the lowest of all, 1 the highest.
/// `scores`: one list a score, of one length each, with a weight each.
[[nodiscard]] std::vector<double> mean_ranks(const std::vector<std::vector<double>>& scores,
                                             const std::vector<double>& weights);

}  // namespace dyad::codesign
