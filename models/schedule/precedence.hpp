// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "models/schedule.hpp"

namespace dyad::models {

/// Which steps have certainly ended when others start: by `after` and by the order of issue on each engine.
class Precedence {
public:
    explicit Precedence(const std::vector<Step>& steps);
    /// Whether step `a` has ended whenever step `b` runs.
    [[nodiscard]] bool before(std::size_t a, std::size_t b) const {
        return (rows_[b * words_ + a / 64] >> (a % 64) & 1) != 0;
    }
    [[nodiscard]] bool may_overlap(std::size_t a, std::size_t b) const {
        return a != b && !before(a, b) && !before(b, a);
    }
    /// Steps that may run at the same time as `step`, ascending.
    [[nodiscard]] const std::vector<std::size_t>& overlapping(std::size_t step) const { return overlapping_[step]; }

private:
    void add_all_before(std::size_t earlier, std::size_t later);

    std::size_t words_;
    std::vector<std::uint64_t> rows_;  ///< row b: bit a set = a before b
    std::vector<std::vector<std::size_t>> overlapping_;
};

}  // namespace dyad::models
