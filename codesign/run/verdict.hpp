// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Why none of `pairs` is feasible: the budgets in the way and how near the best comes, or the commonest reason for
/// which nothing could be evaluated.
[[nodiscard]] std::string verdict(const Experiment& experiment, const std::vector<Pair>& pairs);

}  // namespace dyad::codesign
