// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits>
#include <span>

#include "models/exact/orders.hpp"
#include "models/exact/tuples.hpp"

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

/// Lists the halves of a space.
class Halves {
public:
    explicit Halves(const Traffic& traffic);
    [[nodiscard]] std::vector<Outer> outers();
    [[nodiscard]] std::vector<OuterOrder> orders(const Outer& outer);
    /// Calls `visit` for each inner half whose tiles and loops fit.
    template <class Visit>
    void each_inner(const Visit& visit) {
        Tiling tiling = no_loops();
        Inner inner;
        descend(0, tiling, inner, visit);
    }
    [[nodiscard]] std::size_t middle() const { return middle_; }
    /// The whole tiling; nothing when the halves do not go together.
    [[nodiscard]] bool join(const Outer& outer, const Inner& inner, Tiling& tiling) const;
    [[nodiscard]] OrderTable& table(std::size_t level) { return tables_[level]; }
    /// The loops of a level in a tiling, a bit each dimension.
    [[nodiscard]] std::uint32_t loops(const Factors& factors) const;

private:
    template <class Visit>
    void descend(std::size_t dim, Tiling& tiling, Inner& inner, const Visit& visit) {
        if (dim == traffic_.dims()) return order_inner(middle_ + 1, tiling, inner, visit);
        for (std::size_t i = 0; i < inner_.count(dim); ++i) {
            inner_.put(dim, i, tiling);
            inner.tuple[dim] = static_cast<std::uint32_t>(i);
            inner.product[dim] = inner_.product(dim, i);
            if (inner.product[dim] == 1 || inner_fits(tiling)) descend(dim + 1, tiling, inner, visit);
        }
        inner_.put(dim, 0, tiling);
        clear(dim, tiling);
    }
    template <class Visit>
    void order_inner(std::size_t level, Tiling& tiling, Inner& inner, const Visit& visit) {
        if (level >= traffic_.levels()) {
            measure(tiling, inner);
            return visit(inner);
        }
        for (const auto& order : tables_[level][loops(tiling.time[level])]) {
            inner.orders[level] = &order;
            order_inner(level + 1, tiling, inner, visit);
        }
    }
    void clear(std::size_t dim, Tiling& tiling) const;
    [[nodiscard]] bool inner_fits(const Tiling& tiling) const;
    void measure(const Tiling& tiling, Inner& inner);
    [[nodiscard]] Share share(const Connection& c, const Inner& inner, const Tiling& tiling, const Tiles& tiles) const;
    [[nodiscard]] double stays_inside(const Connection& c, const Inner& inner, const Tiling& tiling) const;
    [[nodiscard]] unsigned still_sets(const Factors& product) const;
    void add_replicas(const Connection& c, const Tiling& tiling, Inner& inner) const;
    [[nodiscard]] double energy_per_word(const Connection& c, double read_share) const;
    [[nodiscard]] Cost outer_cost(const Tiling& tiling, const Tiles& tiles, const Orders& orders,
                                  const std::array<double, 3>& repeated) const;
    /// Lower bound of outer_cost() whatever the order. `tiles` are those of an outer half.
    [[nodiscard]] Cost least_outer(const Outer& outer, const Tiling& tiling, Inner& scratch);
    /// Cycles of the outermost level for its own connections and for what the inner half needs at least.
    [[nodiscard]] double outer_cycles(double reads, double writes, const std::array<double, 3>& repeated) const;
    [[nodiscard]] double repeated(std::size_t operand, const Tiling& tiling, const Order& order) const;

    const Traffic& traffic_;
    std::size_t middle_;
    double outer_fan_out_ = 1;
    Tuples outer_, inner_;
    std::vector<OrderTable> tables_;
    std::array<unsigned, most_dims> still_{};  ///< by dimension: operands that its loops do not move, a bit each
    std::vector<Share> shares_;                ///< of the inner half at hand
};

}  // namespace dyad::models::exact
