// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

namespace dyad::codesign {

/// Speed-up when a share of the time takes 1/k of it (Amdahl, AFIPS 1967); `k` may be infinite.
[[nodiscard]] double amdahl_speedup(double share, double k);
/// The share of the time that must move to something `k` times as fast for a speed-up of `needed`; nothing when no
/// share is enough.
[[nodiscard]] std::optional<double> break_even_share(double needed, double k);

}  // namespace dyad::codesign
