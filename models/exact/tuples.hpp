// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/space.hpp"

namespace dyad::models::exact {

/// A place for a factor of each dimension.
struct Slot {
    std::size_t level;
    bool spatial;
};

/// Slots that are filled together. Perfect factors: what they hold divides the dimension's size.
class Tuples {
public:
    /// Every way to fill `slots`, dimension by dimension, that keeps to the fixed factors. With `imperfect` the slots
    /// are all that there are, outermost first, and one of them may hold a trip count that does not divide what is left
    /// for it and for those inside: these have the smallest tile of that trip count, the last of which is short.
    Tuples(const Space& space, std::vector<Slot> slots, bool imperfect = false);
    [[nodiscard]] std::size_t count(std::size_t dim) const { return products_[dim].size(); }
    [[nodiscard]] std::uint64_t product(std::size_t dim, std::size_t tuple) const { return products_[dim][tuple]; }
    /// Writes a tuple into its slots.
    void put(std::size_t dim, std::size_t tuple, Tiling& tiling) const;

private:
    /// How a dimension is cut: into divisors of what is there, and once into what does not divide it.
    struct Way {
        std::size_t dim;
        std::vector<std::uint64_t> divisors;
        bool imperfect;
    };
    void fill(const Space& space, const Way& way, std::size_t slot, std::uint64_t left,
              std::vector<std::uint64_t>& factors);
    void fill_short(const Space& space, std::size_t dim, std::size_t slot, std::uint64_t left,
                    std::vector<std::uint64_t>& factors);
    [[nodiscard]] std::uint64_t most(const Space& space, std::size_t slot, std::uint64_t left) const;

    std::vector<Slot> slots_;
    bool whole_;                                                  ///< only tuples whose tile at the end is 1
    std::vector<std::vector<std::uint64_t>> products_, factors_;  ///< by dimension
};

/// Slots from `first` level on: spatial ones where a level has children side by side, temporal ones from
/// `first_temporal` on, up to `end`.
[[nodiscard]] std::vector<Slot> slots(const Space& space, std::size_t first, std::size_t first_temporal,
                                      std::size_t end);

}  // namespace dyad::models::exact
