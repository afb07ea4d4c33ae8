// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dyad::codesign {

/// What runs together as one kernel, each level on top of the one before.
enum class Fusion {
    off,        ///< every operator is a kernel of its own
    operators,  ///< normalisation, activation and residual addition with the kernel before them
    chains      ///< chains of kernels depth-first, where that is better
};

/// As experiment files and the command line spell it.
[[nodiscard]] constexpr const char* name(Fusion fusion) {
    return fusion == Fusion::off ? "off" : fusion == Fusion::operators ? "operators" : "chains";
}

}  // namespace dyad::codesign
