// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/rank.hpp"

namespace dyad::models::exact {

/// Branch and bound; the same by costing every mapping with count_accesses().
[[nodiscard]] std::optional<ExactMapping> branch_and_bound(const Space& space, const ExactOptions& options);
[[nodiscard]] std::optional<ExactMapping> try_all(const Space& space, const ExactOptions& options);

}  // namespace dyad::models::exact
