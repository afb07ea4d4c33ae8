// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <vector>

#include "codesign/experiment/experiment.hpp"
#include "codesign/search/archive.hpp"

namespace dyad::codesign {

/// The reference point of the hypervolume: what the file says, else the budget, else the worst of the first
/// generation; infinite where none of it tells.
[[nodiscard]] Point reference_point(const Experiment& experiment, const std::vector<Fitness>& first_generation);

/// Watches the hypervolume from generation to generation (SearchOptions::stagnation).
class Stagnation {
public:
    explicit Stagnation(const Experiment& experiment) : experiment_(experiment) {}
    /// True once the search has come to a standstill. A search that has found nothing feasible has not.
    [[nodiscard]] bool add(const std::vector<Fitness>& generation);

private:
    const Experiment& experiment_;
    std::optional<Convergence> convergence_;
    std::vector<double> volumes_;  ///< by generation
};

}  // namespace dyad::codesign
