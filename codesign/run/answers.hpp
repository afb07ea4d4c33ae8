// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codesign/run/database.hpp"

namespace dyad::codesign {

/// What an experiment's evaluator program said, by the fingerprint of the network: kept in run.sqlite, so that a
/// resumed run asks nothing twice, and one with `reuse` nothing that the other asked.
class Answers {
public:
    /// Throws core::Error when a run whose answers are to be reused cannot be read.
    Answers(const Experiment& experiment, Database& database);
    /// The fingerprints of a pair's networks; none when they cannot be built (simulating will tell why).
    [[nodiscard]] std::vector<std::string> networks_of(const core::Genome& genome) const;
    [[nodiscard]] const Evaluation* find(const std::string& network) const;
    void add(const std::string& network, const Evaluation& answer);

private:
    const Experiment& experiment_;
    Database& database_;
    std::string question_;
    std::map<std::string, Evaluation> known_;
};

}  // namespace dyad::codesign
