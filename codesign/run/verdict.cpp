// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace dyad::codesign {
namespace {

/// Budgets of one figure that no value keeps both of.
std::string contradictions(const std::vector<Constraint>& constraints) {
    std::string text;
    for (const auto& most : constraints)
        for (const auto& least : constraints)
            if (most.metric == least.metric && most.upper && !least.upper && most.bound < least.bound)
                text += fmt::format("; '{}' and '{}' exclude each other", most.text, least.text);
    return text;
}

}  // namespace

Verdict::Verdict(const Experiment& experiment)
    : experiment_(experiment),
      violated_(experiment.constraints.size()),
      least_(experiment.constraints.size(), std::numeric_limits<double>::infinity()),
      nearest_(experiment.constraints.size(), std::numeric_limits<double>::quiet_NaN()) {}

void Verdict::add(const Pair& pair) {
    constexpr std::size_t most_reasons = 1000;
    ++pairs_;
    if (pair.evaluation.failed()) {
        if (reasons_.size() < most_reasons || reasons_.contains(pair.evaluation.reason))
            ++reasons_[pair.evaluation.reason];
        return;
    }
    ++evaluated_;
    for (std::size_t i = 0; i < violated_.size(); ++i) {
        const auto& constraint = experiment_.constraints[i];
        const double value = pair.evaluation.metrics[static_cast<std::size_t>(constraint.metric)];
        const double violation = constraint.violation(value);
        if (violation > 0) ++violated_[i];
        if (!(violation < least_[i])) continue;
        least_[i] = violation;
        nearest_[i] = value;
    }
}

std::string Verdict::text() const {
    if (pairs_ == 0) return "no pair was evaluated";
    if (evaluated_ == 0) {
        const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
        const auto best = std::max_element(reasons_.begin(), reasons_.end(), less);
        return fmt::format("no pair could be evaluated; the commonest reason ({} of {}): {}", best->second, pairs_,
                           best->first);
    }
    std::string all, some;
    for (std::size_t i = 0; i < violated_.size(); ++i) {
        const auto& constraint = experiment_.constraints[i];
        if (violated_[i] == evaluated_)
            all += fmt::format("; '{}' is kept by none of {} (the nearest has {})", constraint.text, evaluated_,
                               to_text(constraint.metric, nearest_[i]));
        else if (violated_[i] > 0)
            some += fmt::format("; '{}' is broken by {} of {}", constraint.text, violated_[i], evaluated_);
    }
    return "no pair keeps every budget" + (all.empty() ? " at once" + some : all + some) +
           contradictions(experiment_.constraints);
}

}  // namespace dyad::codesign
