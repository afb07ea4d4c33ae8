// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/stagnation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace dyad::codesign {
namespace {

double reference_of(const Experiment& experiment, std::size_t objective, const std::vector<Fitness>& first) {
    const Metric metric = experiment.objectives[objective];
    if (objective < experiment.reference.size() && experiment.reference[objective])
        return signed_objective(metric, *experiment.reference[objective]);
    for (const auto& constraint : experiment.constraints)
        if (constraint.metric == metric && constraint.upper != info(metric).maximise)
            return signed_objective(metric, constraint.bound);
    double worst = -std::numeric_limits<double>::infinity();
    for (const auto& f : first)
        if (!f.objectives.empty()) worst = std::max(worst, f.objectives[objective]);
    return worst;
}

}  // namespace

Point reference_point(const Experiment& experiment, const std::vector<Fitness>& first_generation) {
    Point reference;
    for (std::size_t k = 0; k < experiment.objectives.size(); ++k)
        reference.push_back(reference_of(experiment, k, first_generation));
    return reference;
}

bool Stagnation::add(const std::vector<Fitness>& generation) {
    const auto patience = experiment_.search.stagnation;
    if (patience == 0) return false;
    if (!convergence_) {
        const auto reference = reference_point(experiment_, generation);
        if (!std::all_of(reference.begin(), reference.end(), [](double x) { return std::isfinite(x); })) return false;
        convergence_.emplace(reference);
    }
    for (const auto& fitness : generation) convergence_->add(fitness);
    volumes_.push_back(convergence_->hypervolume());
    if (volumes_.size() <= patience) return false;
    constexpr double noticeable = 1e-4;
    const double before = volumes_[volumes_.size() - 1 - patience], now = volumes_.back();
    return now > 0 && now - before < noticeable * now;
}

}  // namespace dyad::codesign
