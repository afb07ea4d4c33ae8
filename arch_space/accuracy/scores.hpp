// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

namespace dyad::arch_space {

/// Values and their normal scores: of n values, the one of rank r (from 0) stands at the (r + 1/2) / n quantile of the
/// standard normal distribution (Hazen). Models fit scores, because a benchmark's values crowd at its top.
class NormalScores {
public:
    /// Through the values' quantiles, 201 at most.
    explicit NormalScores(const std::vector<double>& values);
    /// From such a list of quantiles, ascending.
    [[nodiscard]] static NormalScores of_knots(std::vector<double> knots);
    [[nodiscard]] double score(double value) const;
    /// Straight between the knots, the first and last beyond them.
    [[nodiscard]] double value(double score) const;
    [[nodiscard]] const std::vector<double>& knots() const { return knots_; }

private:
    NormalScores() = default;
    void place();
    std::vector<double> knots_, scores_;
};

}  // namespace dyad::arch_space
