// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/commands/description.hpp"
#include "hw_space/accelerator.hpp"

namespace dyad::codesign {

/// What a hierarchy that is given as it stands is made of: its levels, the energies of its file, and the power that
/// they make when every level moves what its rates allow. Areas are those of the technology. `so_far` has the chip's
/// facts.
[[nodiscard]] Description describe_hierarchy(const hw_space::Accelerator& chip, Description so_far);

}  // namespace dyad::codesign
