// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "codesign/search/fitness.hpp"

namespace dyad::codesign {

/// Volume that `points` dominate, bounded by `reference` (all minimised). Exact. Points that are not better than the
/// reference in every objective add nothing. The method is WFG (While, Bradstreet, Barone, "A fast way of calculating
/// exact hypervolumes", 2012): the volume of a set is the sum of what each point adds to those before it.
[[nodiscard]] double hypervolume(const std::vector<Point>& points, const Point& reference);

/// What `point` adds to the hypervolume of `points`.
[[nodiscard]] double exclusive_hypervolume(const Point& point, const std::vector<Point>& points,
                                           const Point& reference);

}  // namespace dyad::codesign
