// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/columns.hpp"

#include <algorithm>
#include <cmath>

namespace dyad::arch_space {
namespace {

using Group = NetworkFeatures::Group;
constexpr std::array all_groups{NetworkFeatures::paths, NetworkFeatures::extents, NetworkFeatures::sizes};

double value_of(const NetworkFeatures& features, Group group, const std::string& name) {
    const auto found = features.values[group].find(name);
    return found == features.values[group].end() ? 0 : found->second;
}

double variance(const std::vector<double>& values) {
    double mean = 0, square = 0;
    for (const double v : values) mean += v / static_cast<double>(values.size());
    for (const double v : values) square += (v - mean) * (v - mean) / static_cast<double>(values.size());
    return square;
}

std::set<std::string> names(const std::vector<NetworkFeatures>& networks, Group group) {
    std::set<std::string> all;
    for (const auto& network : networks)
        for (const auto& [name, value] : network.values[group]) all.insert(name);
    return all;
}

}  // namespace

Columns::Columns(const std::vector<NetworkFeatures>& networks) {
    std::set<std::vector<double>> seen;
    for (const auto group : all_groups) {
        const auto first = columns_.size();
        double sum = 0;
        for (const auto& name : names(networks, group)) {
            std::vector<double> values;
            for (const auto& network : networks) values.push_back(value_of(network, group, name));
            const auto [low, high] = std::minmax_element(values.begin(), values.end());
            const double spread = variance(values);
            if (spread < 1e-12 || !seen.insert(values).second) {
                idle_.insert(name);
                continue;
            }
            columns_.push_back({name, group, group == NetworkFeatures::paths ? 1 : 1 / std::sqrt(spread), *low, *high});
            sum += spread * columns_.back().scale * columns_.back().scale;
        }
        for (auto i = first; i < columns_.size(); ++i) columns_[i].scale /= std::sqrt(2 * sum);
    }
}

Row Columns::row(const NetworkFeatures& features) const {
    Row row;
    for (const auto& column : columns_) row.push_back(column.scale * value_of(features, column.group, column.name));
    return row;
}

std::size_t Columns::strange(const NetworkFeatures& features) const {
    std::size_t count = 0;
    for (const auto& column : columns_) {
        const double value = value_of(features, column.group, column.name), room = 1e-6 * (1 + std::abs(column.high));
        count += value < column.low - room || value > column.high + room;
    }
    std::set<std::string> known = idle_;
    for (const auto& column : columns_) known.insert(column.name);
    for (const auto group : all_groups)
        for (const auto& [name, value] : features.values[group]) count += value != 0 && !known.contains(name);
    return count;
}

}  // namespace dyad::arch_space
