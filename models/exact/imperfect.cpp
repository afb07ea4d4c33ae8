// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <vector>

#include "models/exact/orders.hpp"
#include "models/exact/search.hpp"
#include "models/exact/tuples.hpp"
#include "models/nest/counter.hpp"

namespace dyad::models::exact {
namespace {

/// Less than which no mapping can cost whose dimensions are unrolled so far.
class Bound {
public:
    explicit Bound(const Traffic& traffic) : traffic_(traffic) {
        for (std::size_t l = 0; l < traffic.levels(); ++l) {
            const auto& level = traffic.space().hierarchy.levels[l];
            fan_out_ *= static_cast<double>(level.fanout_rows * level.fanout_cols);
        }
        energy_ = traffic.space().hierarchy.mac_energy.count() * static_cast<double>(traffic.macs());
        for (const auto& c : traffic.connections()) energy_ += least(c);
    }

    /// `set` dimensions have their factors.
    [[nodiscard]] Cost operator()(const Tiling& tiling, std::uint32_t set) const {
        double steps = 1, engaged = 1, left = 1;
        for (std::size_t d = 0; d < traffic_.dims(); ++d) {
            const auto size = traffic_.space().nest.dims[d].size;
            std::uint64_t unrolled = 1;
            for (std::size_t l = 0; l < traffic_.levels(); ++l) unrolled *= tiling.space[l][d];
            if ((set >> d & 1) == 0) {
                left *= static_cast<double>(size);
                continue;
            }
            steps *= static_cast<double>(core::ceil_div(size, unrolled));
            engaged *= static_cast<double>(unrolled);
        }
        return {steps * std::max(1.0, left / (fan_out_ / engaged)), energy_};
    }

private:
    /// Every word passes a connection once; multipliers read each operand in each step, shared at most by all of them.
    [[nodiscard]] double least(const Connection& c) const {
        const auto& levels = traffic_.space().hierarchy.levels;
        const bool output = c.operand == static_cast<std::size_t>(Operand::outputs);
        if (c.child == traffic_.levels() && !output) {
            double shared = 1;
            for (auto l = c.parent; l < c.child; ++l)
                shared *= static_cast<double>(levels[l].fanout_rows * levels[l].fanout_cols);
            return static_cast<double>(traffic_.macs()) / shared * levels[c.parent].read_energy[c.operand].count();
        }
        const auto& axes = traffic_.projection(c.operand).axes;
        const auto dense = [](const Axis& axis) { return axis.size() == 1 && axis.front().coefficient == 1; };
        if (!std::ranges::all_of(axes, dense)) return 0;  // strides leave gaps
        const auto words = static_cast<double>(traffic_.words(c.operand));
        if (output) return words * levels[c.parent].write_energy[c.operand].count();
        return words * (levels[c.parent].read_energy[c.operand] + levels[c.child].write_energy[c.operand]).count();
    }

    const Traffic& traffic_;
    double fan_out_ = 1, energy_ = 0;
};

class Imperfect {
public:
    Imperfect(const Space& space, const ExactOptions& options, Incumbent& best)
        : space_(space),
          options_(options),
          traffic_(space),
          tuples_(space, slots(space, 0, 0, space.levels.size()), true),
          counter_(space.nest, space.hierarchy),
          bound_(traffic_),
          best_(best) {
        for (std::size_t l = 0; l < space.levels.size(); ++l) tables_.emplace_back(traffic_, l);
    }

    Searched run() {
        const auto perfect = branch_and_bound(space_, options_, best_);
        while (best_.mapping() && !best_.stop() && improve()) {
        }
        tiling_ = no_loops();
        fill(0, 0);
        return {rank(bound_(no_loops(), 0), options_.objective).first, perfect.pruned + pruned_};
    }

private:
    [[nodiscard]] std::size_t dims() const { return space_.nest.dims.size(); }

    void clear(std::size_t dim) {
        for (std::size_t l = 0; l < space_.levels.size(); ++l) tiling_.time[l][dim] = tiling_.space[l][dim] = 1;
    }

    [[nodiscard]] bool fits() const {
        const auto tiles = traffic_.tiles(tiling_);
        for (std::size_t l = 0; l < space_.levels.size(); ++l)
            if (!traffic_.fits(l, tiles[l]) || !columns_of(space_, l, tiling_.space[l])) return false;
        return true;
    }

    [[nodiscard]] const std::vector<Order>& orders_at(std::size_t level) {
        std::uint32_t loops = 0;
        for (std::size_t d = 0; d < dims(); ++d)
            if (tiling_.time[level][d] > 1) loops |= std::uint32_t{1} << d;
        return tables_[level][loops];
    }

    [[nodiscard]] Cost cost() {
        const auto& counts = counter_.count(to_mapping(space_, tiling_, orders_));
        return {static_cast<double>(steady_cycles(space_.hierarchy, counts)),
                access_energy(space_.nest, space_.hierarchy, counts).count()};
    }

    // Changes of the best mapping so far.

    /// Up to three other factors of one dimension after another; false when none of them is better.
    bool improve() {
        bool better = false;
        for (std::size_t d = 0; d < dims(); ++d) {
            take_best();
            const auto before = tiling_;
            for (std::size_t i = 0; i < tuples_.count(d) && !best_.stop(); ++i) {
                tuples_.put(d, i, tiling_);
                if (changes(before, d) <= 3 && fits()) better |= order_by_level();
            }
        }
        return better;
    }

    [[nodiscard]] std::size_t changes(const Tiling& before, std::size_t dim) const {
        std::size_t count = 0;
        for (std::size_t l = 0; l < space_.levels.size(); ++l) {
            count += tiling_.time[l][dim] != before.time[l][dim];
            count += tiling_.space[l][dim] != before.space[l][dim];
        }
        return count;
    }

    void take_best() {
        tiling_ = no_loops();
        for (std::size_t l = 0; l < space_.levels.size(); ++l)
            for (const auto& loop : best_.mapping()->levels[l].loops)
                (loop.axis == LoopAxis::temporal ? tiling_.time : tiling_.space)[l][loop.dim] = loop.factor;
    }

    /// The best order of each level's loops, one level after another.
    bool order_by_level() {
        for (std::size_t l = 0; l < space_.levels.size(); ++l) orders_[l] = &orders_at(l).front();
        bool better = false;
        for (std::size_t l = 0; l < space_.levels.size() && !best_.stop(); ++l) {
            const auto* chosen = orders_[l];
            Rank least{1e300, 1e300};
            for (const auto& one : orders_at(l)) {
                orders_[l] = &one;
                const auto found = cost();
                better |= best_.offer(found, space_, tiling_, orders_);
                if (const auto now = rank(found, options_.objective); now < least) least = now, chosen = &one;
            }
            orders_[l] = chosen;
        }
        return better;
    }

    // All of them.

    void fill(std::size_t dim, std::uint32_t set) {
        if (best_.stop()) return;
        if (best_.hopeless(bound_(tiling_, set))) {
            ++pruned_;
            return;
        }
        if (dim == dims()) return order(0);
        for (std::size_t i = 0; i < tuples_.count(dim) && !best_.stop(); ++i) {
            tuples_.put(dim, i, tiling_);
            if (fits()) fill(dim + 1, set | std::uint32_t{1} << dim);
        }
        clear(dim);
    }

    void order(std::size_t level) {
        if (level == space_.levels.size()) {
            best_.offer(cost(), space_, tiling_, orders_);
            return;
        }
        for (const auto& one : orders_at(level)) {
            orders_[level] = &one;
            order(level + 1);
            if (best_.stop()) return;
        }
    }

    const Space& space_;
    const ExactOptions& options_;
    Traffic traffic_;
    Tuples tuples_;
    NestCounter counter_;
    const Bound bound_;
    Incumbent& best_;
    std::vector<OrderTable> tables_;
    Tiling tiling_ = no_loops();
    Orders orders_{};
    std::uint64_t pruned_ = 0;
};

}  // namespace

Searched try_imperfect(const Space& space, const ExactOptions& options, Incumbent& best) {
    return Imperfect(space, options, best).run();
}

}  // namespace dyad::models::exact
