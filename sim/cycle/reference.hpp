// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/cycle/product.hpp"

namespace dyad::sim {

/// What `product` must give, pixels x filters, by a matrix product of Eigen's: no folds, no slices, no timing.
[[nodiscard]] std::vector<std::uint32_t> reference(const Product& product);

/// Throws std::logic_error naming `what` and the first output that differs from the reference().
void check_outputs(const Product& product, const std::string& what);

}  // namespace dyad::sim
