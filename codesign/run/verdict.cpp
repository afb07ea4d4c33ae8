// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/verdict.hpp"

#include <fmt/format.h>

#include <limits>
#include <map>

namespace dyad::codesign {
namespace {

/// How one budget fares over all pairs that could be evaluated.
struct Fate {
    std::size_t violated = 0;
    double least = std::numeric_limits<double>::infinity();
    double nearest = std::numeric_limits<double>::quiet_NaN();
};

Fate fate(const Constraint& constraint, const std::vector<Pair>& pairs) {
    Fate fate;
    for (const auto& pair : pairs) {
        if (pair.evaluation.failed()) continue;
        const double value = pair.evaluation.metrics[static_cast<std::size_t>(constraint.metric)];
        const double violation = constraint.violation(value);
        if (violation > 0) ++fate.violated;
        if (violation < fate.least) {
            fate.least = violation;
            fate.nearest = value;
        }
    }
    return fate;
}

std::string commonest_reason(const std::vector<Pair>& pairs) {
    std::map<std::string, std::size_t> counts;
    for (const auto& pair : pairs) ++counts[pair.evaluation.reason];
    auto best = counts.begin();
    for (auto it = counts.begin(); it != counts.end(); ++it)
        if (it->second > best->second) best = it;
    return fmt::format("no pair could be evaluated; the commonest reason ({} of {}): {}", best->second, pairs.size(),
                       best->first);
}

}  // namespace

std::string verdict(const Experiment& experiment, const std::vector<Pair>& pairs) {
    std::size_t evaluated = 0;
    for (const auto& pair : pairs) evaluated += pair.evaluation.failed() ? 0 : 1;
    if (pairs.empty()) return "no pair was evaluated";
    if (evaluated == 0) return commonest_reason(pairs);
    std::string all, some;
    for (const auto& constraint : experiment.constraints) {
        const auto f = fate(constraint, pairs);
        if (f.violated == evaluated)
            all += fmt::format("; '{}' is kept by none of {} (the nearest has {})", constraint.text, evaluated,
                               to_text(constraint.metric, f.nearest));
        else if (f.violated > 0)
            some += fmt::format("; '{}' is broken by {} of {}", constraint.text, f.violated, evaluated);
    }
    return "no pair keeps every budget" + all + some;
}

}  // namespace dyad::codesign
