// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// A figure with its 5th and 95th percentile over the trees.
struct Banded {
    double mean = 0, low = 0, high = 0;
};
/// What one choice does to one objective: the share of the variance over the whole space that it makes by itself, and
/// with all its interactions.
struct Share {
    std::size_t gene = 0;
    Banded alone, all;
};
/// What follows from a choice on average over all settings of the others; of an objective in its unit.
struct Effect {
    std::size_t gene = 0;
    std::vector<std::string> labels;          ///< by level
    std::vector<std::vector<Banded>> values;  ///< by objective, then level
};
struct Matters {
    std::vector<double> explained;           ///< by objective: out of bag, Forest::explained()
    std::vector<std::vector<Share>> shares;  ///< by objective, largest first
    std::vector<std::size_t> order;          ///< genes by the mean of their shares, largest first
    std::vector<Effect> effects;             ///< of the first genes of `order`
};

/// Functional analysis of variance (Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter
/// importance", 2014) by a random forest grown on the evaluated pairs, over settings drawn uniformly from the space;
/// the share with interactions is Jansen's estimator (1999). Objectives that vary tenfold are taken as logarithms. All
/// empty for fewer than 30 pairs.
[[nodiscard]] Matters what_matters(const Run& run);

/// For the page; null when there is nothing to tell.
[[nodiscard]] nlohmann::ordered_json matters_json(const Run& run, const Matters& matters);

}  // namespace dyad::codesign
