// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <set>
#include <string>
#include <vector>

#include "arch_space/accuracy/network_features.hpp"

namespace dyad::arch_space {

/// Features as a row of numbers, group by group.
using Row = std::vector<double>;

/// Which features take part in a fit, and how they are scaled: each group so that two networks of the table are 1 apart
/// in the mean square, in `extents` and `sizes` each feature for itself to equal spread before.
class Columns {
public:
    struct Column {
        std::string name;
        NetworkFeatures::Group group = NetworkFeatures::paths;
        double scale = 1;
        double low = 0, high = 0;  ///< in the table, unscaled
    };
    Columns() = default;
    Columns(std::vector<Column> columns, std::set<std::string> idle)
        : columns_(std::move(columns)), idle_(std::move(idle)) {}
    /// Features that vary; of those that are alike in all networks, the first.
    explicit Columns(const std::vector<NetworkFeatures>& networks);

    [[nodiscard]] Row row(const NetworkFeatures& features) const;
    /// Features outside of what the table has: beyond its range, or unknown to it.
    [[nodiscard]] std::size_t strange(const NetworkFeatures& features) const;
    [[nodiscard]] const std::vector<Column>& all() const { return columns_; }
    /// Names of features that do not vary, or as others do.
    [[nodiscard]] const std::set<std::string>& idle() const { return idle_; }

private:
    std::vector<Column> columns_;
    std::set<std::string> idle_;
};

}  // namespace dyad::arch_space
