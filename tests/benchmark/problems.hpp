// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "codesign/search/fitness.hpp"
#include "core/choice_space.hpp"

namespace dyad::benchmark {

/// A test problem of the literature with what is known of its front.
struct Problem {
    std::string name;
    std::vector<core::Gene> genes;
    std::size_t objectives = 2;
    std::function<codesign::Fitness(const core::Genome&)> evaluate;
    codesign::Point reference;  ///< of the hypervolume
    double best = 0;            ///< hypervolume of the analytic front; 0 where it is not needed
};

/// ZDT1-4 and 6 (Zitzler, Deb, Thiele 2000), DTLZ2 and 7 (Deb et al. 2005, three objectives).
[[nodiscard]] std::vector<Problem> unconstrained();
/// C1-DTLZ1 and C2-DTLZ2 (Jain and Deb 2014, three objectives), CTP1 (Deb, Pratap, Meyarivan 2001, two constraints).
[[nodiscard]] std::vector<Problem> constrained();

}  // namespace dyad::benchmark
