// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Why none of a run's pairs is feasible: the budgets in the way and how near the best comes, or the commonest reason
/// for which nothing could be evaluated. Keeps no pair.
class Verdict {
public:
    explicit Verdict(const Experiment& experiment);
    void add(const Pair& pair);
    [[nodiscard]] std::string text() const;

private:
    const Experiment& experiment_;
    std::vector<std::size_t> violated_;  ///< by constraint: pairs that break it
    std::vector<double> least_;          ///< the smallest violation
    std::vector<double> nearest_;        ///< the value that has it
    std::map<std::string, std::size_t> reasons_;
    std::size_t pairs_ = 0, evaluated_ = 0;
};

}  // namespace dyad::codesign
