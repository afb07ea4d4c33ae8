// SPDX-License-Identifier: Apache-2.0
#include "core/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace dyad::core {
namespace {

void require_pairs(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) throw std::logic_error("statistics of two lists of different lengths");
}

}  // namespace

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const auto at = share * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const auto high = std::min(low + 1, values.size() - 1);
    return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return values[i]; });
    std::vector<double> result(values.size());
    for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        for (auto i = begin; i < end; ++i) result[order[i]] = static_cast<double>(begin + end - 1) / 2;
    }
    return result;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    require_pairs(a, b);
    if (a.empty()) return 0;
    const double mean_a = mean(a), mean_b = mean(b);
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean_a) * (b[i] - mean_b);
        aa += (a[i] - mean_a) * (a[i] - mean_a);
        bb += (b[i] - mean_b) * (b[i] - mean_b);
    }
    return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

double spearman(const std::vector<double>& a, const std::vector<double>& b) { return correlation(ranks(a), ranks(b)); }

RelativeErrors relative_errors(const std::vector<double>& figures, const std::vector<double>& known) {
    require_pairs(figures, known);
    RelativeErrors result{.count = known.size()};
    for (std::size_t i = 0; i < known.size(); ++i) {
        const double error = (figures[i] - known[i]) / std::abs(known[i]);
        result.mean += error / static_cast<double>(known.size());
        result.mean_absolute += std::abs(error) / static_cast<double>(known.size());
        if (i > 0 && std::abs(error) <= std::abs(result.worst)) continue;
        result.worst = error;
        result.worst_at = i;
    }
    return result;
}

}  // namespace dyad::core
