// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/chain/merge.hpp"
#include "models/report.hpp"

namespace dyad::models::chain {

/// The chains that make a schedule without any better by its objective, judged one by one with all other tensors where
/// they are: never two that share a kernel. `plain` has a buffer in which tensors stay; `played` is its report by the
/// closed forms.
[[nodiscard]] std::vector<Choice> choose(const Schedule& plain, const Report& played, const MapOptions& options,
                                         const EnergyTable& energy, MapperMemo& memo);

}  // namespace dyad::models::chain
