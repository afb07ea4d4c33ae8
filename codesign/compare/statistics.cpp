// SPDX-License-Identifier: Apache-2.0
#include "codesign/compare/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/statistics.hpp"

namespace dyad::codesign {
namespace {

double normal_tail(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

struct Ranks {
    std::vector<double> rank;  ///< from 1, ties share their mean
    double ties = 0;           ///< sum of t^3 - t over groups of t equal values
};

Ranks midranks(std::vector<double> values) {
    Ranks ranks{core::ranks(values), 0};
    for (double& rank : ranks.rank) ++rank;
    std::sort(values.begin(), values.end());
    for (auto first = values.begin(); first != values.end();) {
        const auto end = std::upper_bound(first, values.end(), *first);
        const auto t = static_cast<double>(end - first);
        ranks.ties += t * t * t - t;
        first = end;
    }
    return ranks;
}

/// Chance that the ranks with random signs sum to at most `sum`, all of them in halves: how many of the 2^n sign
/// patterns do.
double signed_rank_tail(const std::vector<double>& ranks, double sum) {
    std::vector<double> ways{1};
    for (const double rank : ranks) {
        const auto step = static_cast<std::size_t>(std::llround(2 * rank));
        std::vector<double> next(ways.size() + step, 0);
        for (std::size_t s = 0; s < ways.size(); ++s) {
            next[s] += ways[s] / 2;
            next[s + step] += ways[s] / 2;
        }
        ways = std::move(next);
    }
    const auto last = std::min(ways.size(), static_cast<std::size_t>(std::llround(2 * sum)) + 1);
    return std::accumulate(ways.begin(), ways.begin() + static_cast<std::ptrdiff_t>(last), 0.0);
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::sort(values.begin(), values.end());
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Interval median_interval(std::vector<double> values) {
    if (values.empty()) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
    std::sort(values.begin(), values.end());
    const auto n = values.size();
    // The largest k with P(Binomial(n, 1/2) <= k-1) <= 0.025: from the k-th smallest to the k-th largest.
    double tail = 0, ways = std::pow(0.5, static_cast<double>(n));
    std::size_t k = 0;
    while (k < n / 2 && tail + ways <= 0.025) {
        tail += ways;
        ways *= static_cast<double>(n - k) / static_cast<double>(k + 1);
        ++k;
    }
    const auto first = k == 0 ? 0 : k - 1;
    return {values[first], values[n - 1 - first]};
}

double mann_whitney_less(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> all = a;
    all.insert(all.end(), b.begin(), b.end());
    const auto ranks = midranks(all);
    const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size()), total = n + m;
    const double sum = std::accumulate(ranks.rank.begin(), ranks.rank.begin() + static_cast<std::ptrdiff_t>(n), 0.0);
    const double u = sum - n * (n + 1) / 2;
    const double variance = n * m / 12 * (total + 1 - ranks.ties / (total * (total - 1)));
    if (!(variance > 0)) return 1;
    return normal_tail((n * m / 2 - u - 0.5) / std::sqrt(variance));
}

double wilcoxon(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> sizes;
    std::vector<bool> positive;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == b[i]) continue;
        sizes.push_back(std::abs(a[i] - b[i]));
        positive.push_back(a[i] > b[i]);
    }
    if (sizes.empty()) return 1;
    const auto ranks = midranks(sizes);
    const auto n = static_cast<double>(sizes.size());
    double up = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) up += positive[i] ? ranks.rank[i] : 0;
    const double smaller = std::min(up, n * (n + 1) / 2 - up);
    if (sizes.size() <= 30) return std::min(1.0, 2 * signed_rank_tail(ranks.rank, smaller));
    const double variance = n * (n + 1) * (2 * n + 1) / 24 - ranks.ties / 48;
    return std::min(1.0, 2 * normal_tail((n * (n + 1) / 4 - smaller - 0.5) / std::sqrt(variance)));
}

double effect_size(const std::vector<double>& a, const std::vector<double>& b) {
    double wins = 0;
    for (const double x : a)
        for (const double y : b) wins += x > y ? 1 : x == y ? 0.5 : 0;
    return wins / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

}  // namespace dyad::codesign
