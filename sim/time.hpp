// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <cstdint>

#include "core/quantity.hpp"

namespace dyad::sim {

/// Simulated time: whole picoseconds, so that sums are exact in any order. 64 bits last for 213 days.
using Picoseconds = std::uint64_t;

[[nodiscard]] inline Picoseconds picoseconds(core::Seconds time) {
    return static_cast<Picoseconds>(std::llround(time.count() * 1e12));
}
[[nodiscard]] constexpr core::Seconds seconds(Picoseconds time) {
    return core::Seconds(static_cast<double>(time) / 1e12);
}

__extension__ using Wide = unsigned __int128;
/// a * b / c, rounded up, without overflow on the way. c > 0.
[[nodiscard]] constexpr std::uint64_t scaled_up(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    return static_cast<std::uint64_t>((Wide{a} * b + c - 1) / c);
}

/// A clock whose period need not be a whole number of picoseconds: a duration is rounded once, up, not per cycle.
class Clock {
public:
    explicit Clock(core::Hertz rate) : hertz_(static_cast<std::uint64_t>(std::llround(rate.count()))) {}
    [[nodiscard]] constexpr Picoseconds time(std::uint64_t cycles) const {
        return scaled_up(cycles, 1'000'000'000'000, hertz_);
    }

private:
    std::uint64_t hertz_;
};

}  // namespace dyad::sim
