// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <vector>

namespace dyad::arch_space {

/// Ridge regression on a handful of columns.
class Ridge {
public:
    static constexpr std::size_t columns = 5;
    using Row = std::array<double, columns>;

    /// Weighted least squares of `y` on `x`, columns centred and divided by `scale`, with penalty `ridge` on their
    /// coefficients. At least one row.
    Ridge(const std::vector<Row>& x, const std::vector<double>& y, const std::vector<double>& weights, const Row& scale,
          double ridge);
    [[nodiscard]] double predict(const Row& x) const;
    /// z' (Z'WZ + ridge)^-1 z: how far `x` lies from the data, in the data's own spread; 0 at their centre.
    [[nodiscard]] double leverage(const Row& x) const;
    /// Change of the prediction per unit of each column.
    [[nodiscard]] Row slopes() const;

private:
    [[nodiscard]] Row scaled(const Row& x) const;

    Row centre_{}, scale_{}, coefficients_{};
    std::array<Row, columns> inverse_{};
    double mean_ = 0;
};

}  // namespace dyad::arch_space
