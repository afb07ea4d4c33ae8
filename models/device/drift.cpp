// SPDX-License-Identifier: Apache-2.0
#include "models/device/drift.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/statistics.hpp"

namespace dyad::models {
namespace {

using Rows = std::vector<std::vector<float>>;
constexpr std::size_t copies = 12;  // of the place, so that trees that see a third of the features see it
constexpr std::size_t places = 10;  // at which the drift is averaged
constexpr double alike = 0.1;       // correlation of neighbours that tells of a drift
constexpr double sorted = 0.12;     // correlation of a feature with the place that tells of an order

float place_of(std::size_t row, std::size_t rows) { return static_cast<float>(row) / static_cast<float>(rows); }

bool neighbours_alike(const Trees& trees, const Rows& rows, const std::vector<double>& targets) {
    constexpr std::size_t farthest = 5;
    std::vector<double> rest;
    for (std::size_t i = 0; i < rows.size(); ++i)
        rest.push_back(std::clamp(targets[i] - trees.predict(rows[i]), -0.5, 0.5));
    double sum = 0;
    for (std::size_t lag = 1; lag <= farthest; ++lag)
        sum += core::correlation({rest.begin(), rest.end() - static_cast<std::ptrdiff_t>(lag)},
                                 {rest.begin() + static_cast<std::ptrdiff_t>(lag), rest.end()});
    return sum / farthest > alike;
}

bool in_order(const Rows& rows) {
    std::vector<double> place, values(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) place.push_back(static_cast<double>(place_of(i, rows.size())));
    for (std::size_t f = 0; f < rows[0].size(); ++f) {
        for (std::size_t i = 0; i < rows.size(); ++i) values[i] = static_cast<double>(rows[i][f]);
        if (std::abs(core::correlation(place, values)) > sorted) return true;
    }
    return false;
}

std::vector<float> at_place(std::vector<float> row, float place) {
    row.insert(row.end(), copies, place);
    return row;
}

/// Of times at all places, the one of least mean relative error: their median, each weighing 1 / time.
double typical(std::array<double, places> logs) {
    std::ranges::sort(logs);
    double total = 0, below = 0;
    for (const double log : logs) total += std::exp(-log);
    for (const double log : logs)
        if ((below += std::exp(-log)) >= total / 2) return log;
    return logs.back();
}

std::vector<double> less_drift(const Rows& rows, const std::vector<double>& targets) {
    Rows placed;
    for (std::size_t i = 0; i < rows.size(); ++i) placed.push_back(at_place(rows[i], place_of(i, rows.size())));
    const auto trees = Trees::fit(placed, targets);
    std::vector<double> steady;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::array<double, places> logs{};
        for (std::size_t p = 0; p < places; ++p)
            logs[p] = trees.predict(at_place(rows[i], (static_cast<float>(p) + 0.5F) / places));
        steady.push_back(targets[i] - trees.predict(placed[i]) + typical(logs));
    }
    return steady;
}

}  // namespace

Trees fit_steady(const Rows& rows, const std::vector<double>& targets) {
    constexpr std::size_t enough = 500, most_features = 254 - copies;
    auto plain = Trees::fit(rows, targets);
    if (rows.size() < enough || rows[0].size() > most_features) return plain;
    if (in_order(rows) || !neighbours_alike(plain, rows, targets)) return plain;
    return Trees::fit(rows, less_drift(rows, targets));
}

}  // namespace dyad::models
