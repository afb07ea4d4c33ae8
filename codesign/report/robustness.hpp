// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "codesign/report/columns.hpp"
#include "codesign/report/detail.hpp"

namespace dyad::codesign {

/// What +-20 % of one cost constant does to the pairs examined.
struct ConstantChange {
    std::string name;
    double energy = 0, area = 0;            ///< median relative change at +20 %
    std::vector<bool> kept_low, kept_high;  ///< by pair: still within the budgets and not dominated
    std::vector<double> energies, areas;    ///< relative change at +20 %, by pair
};
/// By pair examined: stays non-dominated among them in so many of the changes, and with what probability it is.
struct Robustness {
    std::vector<ConstantChange> constants;  ///< those that change anything
    std::vector<std::size_t> kept;
    std::vector<double> probability;
    std::size_t draws = 0;
    Spreads spreads;  ///< relative half-widths of 90 % intervals, by pair examined
};

/// Each pair keeps its mapping and its times; its energy and area are added up anew with one constant changed at a
/// time. The probability is over `draws` seeded draws of all constants (lognormal, nine of ten within +-20 %, common to
/// all pairs), of what is told of each network (its 90 % intervals; one error on every chip) and of each pair's latency
/// (within the difference of the closed forms from the run's own figure, as a 90 % interval).
[[nodiscard]] Robustness robustness(const Run& run, std::vector<PlayedPair> figures);

/// For the page; null when the objectives hold nothing that constants or intervals could move.
[[nodiscard]] nlohmann::ordered_json robustness_json(const Run& run, const std::vector<PlayedPair>& figures,
                                                     const Robustness& robustness);

}  // namespace dyad::codesign
