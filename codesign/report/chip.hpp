// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "hw_space/accelerator.hpp"

namespace dyad::codesign {

/// What a chip's block diagram and roofline show: its memories, engines and areas, in a few words each.
[[nodiscard]] nlohmann::ordered_json chip_json(const hw_space::Accelerator& chip);

}  // namespace dyad::codesign
