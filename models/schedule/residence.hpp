// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>

#include "hw_space/accelerator.hpp"

namespace dyad::models {

/// The buffer in which a tensor can wait between its producer and its consumers: the outermost one that keeps both
/// inputs and outputs; nothing when the chip has none.
[[nodiscard]] std::optional<std::size_t> residence(const hw_space::Accelerator& accelerator);

}  // namespace dyad::models
