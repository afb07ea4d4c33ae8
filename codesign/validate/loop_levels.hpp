// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "core/error.hpp"
#include "models/loop_machine.hpp"

namespace dyad::codesign {

/// Reads a layer, `C64 K64 P56 Q56 R1 S1 N1 stride1`, and a mapping of it in one line, outermost level first:
/// `L3[WIO] P7 Q4 - L2[WI] N1 K16X - L1[O] K4 C4 Q14 P8 C16X - L0[W] N1`. A level names the tensors that it keeps and
/// its loops, outermost first; X marks a spatial one. The loops of L3 go around the tile; the others make it up.
/// Throws core::Error with all that is wrong with either.
[[nodiscard]] models::TiledConvolution read_loop_levels(const std::string& layer, const std::string& mapping,
                                                        const core::Place& place);

}  // namespace dyad::codesign
