// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/residence.hpp"

namespace dyad::models {

std::optional<std::size_t> residence(const hw_space::Accelerator& accelerator) {
    for (std::size_t b = 0; b < accelerator.buffers.size(); ++b)
        if (accelerator.buffers[b].keeps.inputs && accelerator.buffers[b].keeps.outputs) return b;
    return std::nullopt;
}

}  // namespace dyad::models
