// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <limits>
#include <vector>

namespace dyad::codesign {

/// Objectives of one candidate, each to be minimised.
using Point = std::vector<double>;

/// What the search knows of a candidate.
struct Fitness {
    Point objectives;      ///< empty when the candidate could not be evaluated
    double violation = 0;  ///< sum of the normalised violations; 0 = feasible
    [[nodiscard]] bool feasible() const { return violation == 0; }
    /// Of a candidate that could not be evaluated: worse than every other.
    [[nodiscard]] static Fitness failed() { return {{}, std::numeric_limits<double>::infinity()}; }
};

/// Pareto domination: nowhere worse and somewhere better.
[[nodiscard]] bool dominates(const Point& a, const Point& b);

/// Feasibility first (Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002, definition 1):
/// feasible beats infeasible, a smaller violation beats a larger one, Pareto domination decides between feasible ones.
[[nodiscard]] bool dominates(const Fitness& a, const Fitness& b);

/// Indices by front: the first is dominated by nobody, the second only by the first, and so on. Ascending in each.
[[nodiscard]] std::vector<std::vector<std::size_t>> sort_fronts(const std::vector<Fitness>& all);

/// Crowding distance of each member of `front` (same order); infinite at the ends of every objective.
[[nodiscard]] std::vector<double> crowding(const std::vector<Fitness>& all, const std::vector<std::size_t>& front);

}  // namespace dyad::codesign
