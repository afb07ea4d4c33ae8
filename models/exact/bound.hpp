// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/traffic.hpp"

namespace dyad::models::exact {

/// Less than which no mapping can cost whose dimensions are unrolled so far.
class Bound {
public:
    explicit Bound(const Traffic& traffic);
    /// `set` dimensions have their factors.
    [[nodiscard]] Cost operator()(const Tiling& tiling, std::uint32_t set) const;
    /// Of every mapping of the space.
    [[nodiscard]] Cost of_all() const { return (*this)(no_loops(), 0); }

private:
    [[nodiscard]] double least(const Connection& c) const;

    const Traffic& traffic_;
    double fan_out_ = 1, energy_ = 0;
};

}  // namespace dyad::models::exact
