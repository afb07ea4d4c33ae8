// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/orders.hpp"
#include "models/exact/rank.hpp"
#include "models/nest/counter.hpp"

namespace dyad::models::exact {

/// One tiling at a time, short tiles included, and what it costs with each order of its loops.
class Trial {
public:
    enum class Try { worthwhile, every };  ///< orders
    Trial(const Traffic& traffic, Objective objective, Incumbent& best, Try orders = Try::worthwhile);
    [[nodiscard]] bool fits() const;
    /// Offers the orders of each level one after another, the best of them staying while the next level's are tried;
    /// whether one is better than the best so far.
    bool order_by_level();
    /// Offers every combination of orders.
    void order_all() { order(0); }

    Tiling tiling = no_loops();

private:
    [[nodiscard]] const std::vector<Order>& orders_at(std::size_t level);
    [[nodiscard]] Cost cost();
    void order(std::size_t level);

    const Traffic& traffic_;
    Objective objective_;
    Incumbent& best_;
    Try tried_;
    NestCounter counter_;
    std::vector<OrderTable> tables_;
    Orders orders_{};
};

/// Offers a first mapping, all steps outermost, and what moving factors from level to level makes of it.
void descend(const Traffic& traffic, Objective objective, Incumbent& best);

}  // namespace dyad::models::exact
