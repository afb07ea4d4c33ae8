// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/half.hpp"
#include "models/exact/orders.hpp"
#include "models/exact/tuples.hpp"

namespace dyad::models::exact {

/// Lists the halves of a space.
class Halves {
public:
    explicit Halves(const Traffic& traffic);
    /// Pairs of halves there would be if all of them fit.
    [[nodiscard]] double pairs() const;
    /// Calls `visit` for each outer half whose tile and loops fit, until `stop` says so.
    template <class Visit, class Stop>
    void each_outer(const Visit& visit, const Stop& stop) {
        Tiling tiling = no_loops();
        Outer outer;
        outer.rest.fill(1);
        cut_outer(0, tiling, outer, visit, stop);
    }
    [[nodiscard]] std::vector<OuterOrder> orders(const Outer& outer);
    /// Calls `visit` for each inner half whose tiles and loops fit, until `stop` says so.
    template <class Visit, class Stop>
    void each_inner(const Visit& visit, const Stop& stop) {
        Tiling tiling = no_loops();
        Inner inner;
        if (inner_fits(tiling)) cut_inner(0, tiling, inner, visit, stop);
    }
    [[nodiscard]] std::size_t middle() const { return middle_; }
    /// The whole tiling; nothing when the halves do not go together.
    [[nodiscard]] bool join(const Outer& outer, const Inner& inner, Tiling& tiling) const;
    [[nodiscard]] OrderTable& table(std::size_t level) { return tables_[level]; }
    /// The loops of a level in a tiling, a bit each dimension.
    [[nodiscard]] std::uint32_t loops(const Factors& factors) const;

private:
    template <class Visit, class Stop>
    void cut_outer(std::size_t dim, Tiling& tiling, Outer& outer, const Visit& visit, const Stop& stop) {
        if (dim == traffic_.dims()) {
            if (measure(tiling, outer)) visit(outer);
            return;
        }
        for (std::size_t i = 0; i < outer_.count(dim) && !stop(); ++i) {
            outer_.put(dim, i, tiling);
            outer.tuple[dim] = static_cast<std::uint32_t>(i);
            outer.rest[dim] = traffic_.space().nest.dims[dim].size / outer_.product(dim, i);
            if (outer_fits(outer)) cut_outer(dim + 1, tiling, outer, visit, stop);
        }
        outer.rest[dim] = 1;
        clear(dim, tiling);
    }
    template <class Visit, class Stop>
    void cut_inner(std::size_t dim, Tiling& tiling, Inner& inner, const Visit& visit, const Stop& stop) {
        if (dim == traffic_.dims()) return order_inner(middle_ + 1, tiling, inner, visit);
        for (std::size_t i = 0; i < inner_.count(dim) && !stop(); ++i) {
            inner_.put(dim, i, tiling);
            inner.tuple[dim] = static_cast<std::uint32_t>(i);
            inner.product[dim] = inner_.product(dim, i);
            if (inner.product[dim] == 1 || inner_fits(tiling)) cut_inner(dim + 1, tiling, inner, visit, stop);
        }
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
    [[nodiscard]] bool outer_fits(const Outer& outer) const {
        return middle_ == 0 || traffic_.fits(middle_, outer.rest);
    }
    /// The least that an outer half costs; false when its spatial loops do not fit.
    [[nodiscard]] bool measure(const Tiling& tiling, Outer& outer);
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
    std::vector<Share> shares_;                ///< of the half at hand
};

}  // namespace dyad::models::exact
