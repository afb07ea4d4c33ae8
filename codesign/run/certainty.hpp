// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// The chances of the pairs on the front, in its order, and behind them those of feasible pairs off it with at least 5
/// %, the likeliest first. Found by at most 400 draws in which every network's uncertain figures are off by a normal
/// error of its own, the same on every chip. Nothing where all objectives are exact, or on a front beyond 2000. Off the
/// front take part the first so many, by id, that make 400 with it. `front` ascends.
[[nodiscard]] std::vector<Chance> front_chances(const Experiment& experiment, const std::vector<Pair>& pairs,
                                                const std::vector<std::size_t>& front);

/// By pair, the number of its networks: equal for pairs whose networks are, which err alike on every chip.
[[nodiscard]] std::vector<std::size_t> number_networks(const Experiment& experiment,
                                                       const std::vector<const Pair*>& pairs);

}  // namespace dyad::codesign
