// SPDX-License-Identifier: Apache-2.0
#include "codesign/unit/amdahl.hpp"

namespace dyad::codesign {

double amdahl_speedup(double share, double k) { return 1 / (1 - share + share / k); }

// needed = 1 / (1 - s (1 - 1/k)), solved for s.
std::optional<double> break_even_share(double needed, double k) {
    if (needed <= 1) return 0;
    const double saved = 1 - 1 / k;
    const double share = (1 - 1 / needed) / saved;
    if (!(saved > 0) || share > 1) return std::nullopt;
    return share;
}

}  // namespace dyad::codesign
