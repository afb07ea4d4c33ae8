// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <unordered_map>

#include "models/exact/traffic.hpp"

namespace dyad::models::exact {

/// The loop orders of one level that are worth trying, by which dimensions have loops there. Of an order matters, for
/// each operand kept further in, which loops that it does not depend on run inside the first that it depends on, and
/// how a sliding window goes on from there. An order that is no better than another for any operand is left out.
class OrderTable {
public:
    OrderTable(const Traffic& traffic, std::size_t level);
    /// `loops` = dimensions with a temporal factor above 1, a bit each.
    [[nodiscard]] const std::vector<Order>& operator[](std::uint32_t loops);
    /// Every order that the constraints allow: first those worth trying, then the others. Throws core::Error when there
    /// are too many.
    [[nodiscard]] const std::vector<Order>& all(std::uint32_t loops);

private:
    /// What an order means for one operand: the loops that keep its box, and the window's way where it slides.
    struct Reuse {
        std::uint32_t still = 0;
        std::vector<std::uint8_t> way;
        bool settled = false;
    };
    struct Branch {
        Order order;
        std::vector<Reuse> reuse;
    };
    void grow(Branch& branch, std::uint32_t left, std::vector<Branch>& into) const;
    void place(Branch& branch, std::size_t dim, std::uint32_t left) const;
    [[nodiscard]] std::uint32_t next(std::uint32_t left) const;
    [[nodiscard]] static bool covers(const Branch& a, const Branch& b);

    const Traffic* traffic_;
    std::size_t level_;
    std::vector<std::size_t> fixed_;
    std::vector<std::size_t> operands_;  ///< kept between this level and the multipliers
    std::unordered_map<std::uint32_t, std::vector<Order>> known_, all_;
};

}  // namespace dyad::models::exact
