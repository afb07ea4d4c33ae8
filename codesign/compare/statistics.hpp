// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace dyad::codesign {

/// The middle value, or the mean of the two in the middle; NaN of nothing.
[[nodiscard]] double median(std::vector<double> values);

struct Interval {
    double low = 0, high = 0;
};
/// 95 % confidence interval of the median between two order statistics (Conover, "Practical Nonparametric Statistics",
/// 3rd edition, section 3.2), from the binomial distribution; the whole range for fewer than six values.
[[nodiscard]] Interval median_interval(std::vector<double> values);

/// One-sided p of the Mann-Whitney U test that `a` tends to be smaller than `b`: normal approximation with midranks,
/// correction for ties and for continuity (Hollander and Wolfe, section 4.1). 1 when all values are equal.
[[nodiscard]] double mann_whitney_less(const std::vector<double>& a, const std::vector<double>& b);

/// Two-sided p of the Wilcoxon signed-rank test of paired values (Wilcoxon 1945; zeros dropped, midranks for ties):
/// exact up to 30 pairs, the normal approximation beyond. 1 when nothing differs.
[[nodiscard]] double wilcoxon(const std::vector<double>& a, const std::vector<double>& b);

/// Chance that a value of `a` is larger than one of `b`, ties half (Vargha and Delaney, "A critique and improvement of
/// the CL common language effect size statistics", 2000): 0.5 = no effect; 0.56 small, 0.64 medium, 0.71 large.
[[nodiscard]] double effect_size(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace dyad::codesign
