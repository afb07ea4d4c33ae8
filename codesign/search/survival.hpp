// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "codesign/search/fitness.hpp"
#include "core/random.hpp"

namespace dyad::codesign {

/// Who stays, and how it fares in a tournament: the smaller rank wins, then the larger room.
struct Survivor {
    std::size_t index = 0;  ///< into what was chosen from
    std::size_t rank = 0;
    double room = 0;
};

/// Chooses the next parents from parents and children.
class Survival {
public:
    virtual ~Survival() = default;
    /// `count` of them, or all when there are fewer.
    [[nodiscard]] virtual std::vector<Survivor> choose(const std::vector<Fitness>& all, std::size_t count,
                                                       core::Stream& random) = 0;
};

/// NSGA-II: front by front; the last front that fits in part loses its most crowded member, one at a time, with the
/// distances of those left renewed (Kukkonen and Deb, "Improved pruning of non-dominated solutions based on crowding
/// distance", 2006).
[[nodiscard]] std::unique_ptr<Survival> crowding_survival();

/// NSGA-III (Deb and Jain 2014, algorithms 1 to 4; for constraints Jain and Deb 2014): the last front fills the least
/// occupied of evenly spread reference directions.
[[nodiscard]] std::unique_ptr<Survival> niching_survival(std::size_t objectives, std::size_t population);

/// Points on the simplex sum(x) = 1, x >= 0, in steps of 1 / `divisions` (Das and Dennis 1998).
[[nodiscard]] std::vector<Point> simplex_lattice(std::size_t objectives, std::size_t divisions);
/// The finest lattice with at most `most` points; where it has no point inside, with a second one at half its size
/// around the centre.
[[nodiscard]] std::vector<Point> reference_directions(std::size_t objectives, std::size_t most);

}  // namespace dyad::codesign
