// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <vector>

namespace dyad::core {

/// Nine of ten values of a normal variable lie within so many standard deviations of its mean.
inline constexpr double normal_90 = 1.6448536269514722;

/// NaN of nothing.
[[nodiscard]] double mean(const std::vector<double>& values);
/// The value below which `share` of them lie, between two of them where it falls between (type 7 of Hyndman and Fan,
/// "Sample quantiles in statistical packages", 1996); 0 of nothing.
[[nodiscard]] double quantile(std::vector<double> values, double share);

/// Ranks from 0; equal values share the mean of their ranks.
[[nodiscard]] std::vector<double> ranks(const std::vector<double>& values);
/// Pearson's correlation of two lists of one length; 0 when one of them does not vary.
[[nodiscard]] double correlation(const std::vector<double>& a, const std::vector<double>& b);
/// Spearman's rank correlation: the correlation of the ranks.
[[nodiscard]] double spearman(const std::vector<double>& a, const std::vector<double>& b);

/// How far figures lie from known ones, relative to the known: 0.1 = 10 %.
struct RelativeErrors {
    std::size_t count = 0;
    double mean = 0;  ///< signed
    double mean_absolute = 0;
    double worst = 0;  ///< of greatest magnitude, signed
    std::size_t worst_at = 0;
};
/// Of two lists of one length, the known ones not zero. All zero of empty lists.
[[nodiscard]] RelativeErrors relative_errors(const std::vector<double>& figures, const std::vector<double>& known);

}  // namespace dyad::core
