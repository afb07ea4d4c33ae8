// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/scores.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace dyad::arch_space {
namespace {

constexpr std::size_t most_knots = 201;

/// By halving: the normal distribution has no closed inverse.
double normal_quantile(double probability) {
    double low = -9, high = 9;
    for (int i = 0; i < 80; ++i) {
        const double middle = (low + high) / 2;
        (std::erfc(-middle / std::numbers::sqrt2) / 2 < probability ? low : high) = middle;
    }
    return (low + high) / 2;
}

/// Straight between the points, flat beyond; `from` ascends. Where several agree, their middle.
double between(const std::vector<double>& from, const std::vector<double>& to, double at) {
    const auto [lower, upper] = std::equal_range(from.begin(), from.end(), at);
    const auto i = static_cast<std::size_t>(lower - from.begin()), j = static_cast<std::size_t>(upper - from.begin());
    if (i < j) return (to[i] + to[j - 1]) / 2;
    if (i == 0) return to.front();
    if (i == from.size()) return to.back();
    return to[i - 1] + (to[i] - to[i - 1]) * (at - from[i - 1]) / (from[i] - from[i - 1]);
}

}  // namespace

NormalScores::NormalScores(const std::vector<double>& values) {
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto count = std::min(sorted.size(), most_knots);
    for (std::size_t k = 0; k < count; ++k)
        knots_.push_back(sorted[k * (sorted.size() - 1) / std::max<std::size_t>(1, count - 1)]);
    place();
}

NormalScores NormalScores::of_knots(std::vector<double> knots) {
    NormalScores scores;
    scores.knots_ = std::move(knots);
    scores.place();
    return scores;
}

void NormalScores::place() {
    const auto n = static_cast<double>(knots_.size());
    for (std::size_t k = 0; k < knots_.size(); ++k)
        scores_.push_back(normal_quantile((static_cast<double>(k) + 0.5) / n));
}

double NormalScores::score(double value) const { return between(knots_, scores_, value); }
double NormalScores::value(double score) const { return between(scores_, knots_, score); }

}  // namespace dyad::arch_space
