// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/rank.hpp"

namespace dyad::models::exact {

/// What a search left behind beside the best mapping.
struct Searched {
    double least = 0;  ///< Rank::first that no mapping falls below which a budget left out
    std::uint64_t pruned = 0;
};

/// Branch and bound; the same by costing every mapping with count_accesses().
[[nodiscard]] Searched branch_and_bound(const Space& space, const ExactOptions& options, Incumbent& best);
[[nodiscard]] Searched try_all(const Space& space, const ExactOptions& options, Incumbent& best);

/// The space with imperfect factors: what changes of one dimension at a time make of the best mapping so far, then all
/// the others, as far as their bounds do not rule them out.
[[nodiscard]] Searched try_imperfect(const Space& space, const ExactOptions& options, Incumbent& best);

/// What leaving out a whole space leaves behind.
[[nodiscard]] Searched pass_over(const Space& space, const ExactOptions& options);

}  // namespace dyad::models::exact
