// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "models/exact/space.hpp"
#include "models/schedule.hpp"

namespace dyad::models {

struct ExactOptions {
    Objective objective = Objective::edp;
    bool exhaustive = false;  ///< cost every mapping of the space: slow, for small kernels
    bool bypass = false;  ///< try every choice of what passes by a level, where no constraint says it keeps or bypasses
    std::uint64_t evaluations = 0;           ///< stop after so many mappings; 0 = when done
    std::function<bool()> out_of_time = {};  ///< asked now and then; empty = never
    /// Also one imperfect factor a dimension (exact::Tuples), starting from the best without. That space is large:
    /// without any other limit the search ends after `most_imperfect` mappings of it.
    bool imperfect = false;
};
inline constexpr std::uint64_t most_imperfect = 200'000;

/// The best mapping of a space in steady state: the lowest objective, then the least energy (of equally fast or
/// energy-delay-equal ones) or the fewest cycles, then the fewest cycles with fill and drain, then the first in a fixed
/// order. A search that ends by itself finds the same one as any other.
struct ExactMapping {
    Mapping mapping;
    bool optimal = true;
    double gap = 0;  ///< (best found - best bound) / best found; 0 when optimal
    std::uint64_t evaluated = 0, pruned = 0;
};

/// Finds the best mapping of a kernel's nest onto a hierarchy under its constraints, by branch and bound; nothing when
/// none fits or the time is up before one is looked at. Throws core::Error as make_space().
[[nodiscard]] std::optional<ExactMapping> map_exactly(const Kernel& kernel, const hw_space::ExplicitHierarchy& given,
                                                      const ExactOptions& options);
/// The same of a nest without zeros.
[[nodiscard]] std::optional<ExactMapping> map_exactly(const LoopNest& nest, const hw_space::ExplicitHierarchy& given,
                                                      const ExactOptions& options);

}  // namespace dyad::models
