// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits>
#include <span>

#include "models/exact/traffic.hpp"

namespace dyad::models::exact {

using TupleIndex = std::array<std::uint32_t, most_dims>;

/// A mapping is cut in three: the loops outside the `middle` level (the first on chip), all inside it, and its own
/// temporal loops, which are what the other two leave. The traffic of the outer half is known from it alone; that of
/// the inner half up to how many of its boxes stay from step to step.
struct Outer {
    TupleIndex tuple{};
    Factors rest{};  ///< tile of the middle level
    Cost least;      ///< whatever the order
};
/// An order of the outer half's loops.
struct OuterOrder {
    const Order* order = nullptr;
    Cost cost;                                ///< energy of its own connections; cycles that they take
    std::array<double, 3> repeated{1, 1, 1};  ///< by operand: boxes inside are certainly sent so many times
};
/// Energy of a connection into an inner half that depends on the outer: `moved` when the loop next outside moves the
/// box, else at least `stays` (all boxes that can stay do) times OuterOrder's `repeated`.
struct Share {
    std::size_t operand;
    double stays, moved;
};
struct Inner {
    TupleIndex tuple{};
    Factors product{};              ///< of all its factors
    Orders orders{};                ///< of the levels inside the middle
    Cost sure;                      ///< energy and cycles that no outer half changes
    std::span<const Share> shares;  ///< of Halves, until the next one is visited
    unsigned still = 0;             ///< sets of operands that stay when one loop runs innermost: bit s for set s
    Cost least;
};

/// Lower bound of the connections of an inner half: the innermost loop outside keeps still one set of operands.
[[nodiscard]] inline double least_shares(std::span<const Share> shares, unsigned still,
                                         const std::array<double, 3>& repeated) {
    auto least = std::numeric_limits<double>::infinity();
    for (unsigned set = 0; still >> set != 0; ++set) {
        if ((still >> set & 1) == 0) continue;
        double energy = 0;
        for (const auto& share : shares)
            energy += (set >> share.operand & 1) != 0 ? std::min(share.stays * repeated[share.operand], share.moved)
                                                      : share.moved;
        least = std::min(least, energy);
    }
    return least;
}

/// Lower bound of an inner half with an outer one.
[[nodiscard]] inline double least_energy(const Inner& inner, const OuterOrder& outer) {
    return inner.sure.energy + outer.cost.energy + least_shares(inner.shares, inner.still, outer.repeated);
}

}  // namespace dyad::models::exact
