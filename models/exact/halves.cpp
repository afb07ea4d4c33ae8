// SPDX-License-Identifier: Apache-2.0
#include "models/exact/halves.hpp"

#include <algorithm>

namespace dyad::models::exact {
namespace {

constexpr auto outputs_index = static_cast<std::size_t>(Operand::outputs);

std::size_t middle_of(const Traffic& traffic) { return traffic.levels() > 1 ? 1 : 0; }

}  // namespace

Halves::Halves(const Traffic& traffic)
    : traffic_(traffic),
      middle_(middle_of(traffic)),
      outer_(traffic.space(), slots(traffic.space(), 0, 0, middle_)),
      inner_(traffic.space(), slots(traffic.space(), middle_, middle_ + 1, traffic.levels())) {
    for (std::size_t l = 0; l < middle_; ++l) {
        const auto& level = traffic.space().hierarchy.levels[l];
        outer_fan_out_ *= static_cast<double>(level.fanout_rows * level.fanout_cols);
    }
    for (std::size_t l = 0; l < traffic.levels(); ++l) tables_.emplace_back(traffic, l);
    for (std::size_t d = 0; d < traffic.dims(); ++d)
        for (std::size_t o = 0; o < operands.size(); ++o)
            if (!traffic.projection(o).depends_on(d)) still_[d] |= 1U << o;
}

std::uint32_t Halves::loops(const Factors& factors) const {
    std::uint32_t set = 0;
    for (std::size_t d = 0; d < traffic_.dims(); ++d)
        if (factors[d] > 1) set |= std::uint32_t{1} << d;
    return set;
}

void Halves::clear(std::size_t dim, Tiling& tiling) const {
    for (std::size_t l = 0; l < traffic_.levels(); ++l) tiling.time[l][dim] = tiling.space[l][dim] = 1;
}

bool Halves::join(const Outer& outer, const Inner& inner, Tiling& tiling) const {
    const auto& fixed = traffic_.space().levels[middle_].time;
    for (std::size_t d = 0; d < traffic_.dims(); ++d) {
        if (outer.rest[d] % inner.product[d] != 0) return false;
        tiling.time[middle_][d] = outer.rest[d] / inner.product[d];
        if (fixed[d] != 0 && tiling.time[middle_][d] != fixed[d]) return false;
    }
    for (std::size_t d = 0; d < traffic_.dims(); ++d) {
        outer_.put(d, outer.tuple[d], tiling);
        inner_.put(d, inner.tuple[d], tiling);
    }
    return true;
}

// The outer half.

double Halves::pairs() const {
    double all = 1;
    for (std::size_t d = 0; d < traffic_.dims(); ++d)
        all *= static_cast<double>(outer_.count(d)) * static_cast<double>(inner_.count(d));
    return all;
}

bool Halves::measure(const Tiling& tiling, Outer& outer) {
    for (std::size_t l = 0; l < middle_; ++l)
        if (traffic_.fans_out(l) && !columns_of(traffic_.space(), l, tiling.space[l])) return false;
    if (middle_ == 0) return true;
    auto whole = tiling;
    whole.time[middle_] = outer.rest;
    Inner scratch;
    outer.least = least_outer(outer, whole, scratch);
    return true;
}

std::vector<OuterOrder> Halves::orders(const Outer& outer) {
    std::vector<OuterOrder> all;
    Tiling tiling = no_loops();
    for (std::size_t d = 0; d < traffic_.dims(); ++d) outer_.put(d, outer.tuple[d], tiling);
    if (middle_ == 0) return {OuterOrder{}};
    tiling.time[middle_] = outer.rest;
    const auto tiles = traffic_.tiles(tiling);
    Orders orders{};
    for (const auto& order : tables_[0][loops(tiling.time[0])]) {
        orders[0] = &order;
        OuterOrder one{&order, {}, {}};
        for (std::size_t o = 0; o < operands.size(); ++o) one.repeated[o] = repeated(o, tiling, order);
        one.cost = outer_cost(tiling, tiles, orders, one.repeated);
        all.push_back(one);
    }
    return all;
}

/// What the connections into the middle level cost.
Cost Halves::outer_cost(const Tiling& tiling, const Tiles& tiles, const Orders& orders,
                        const std::array<double, 3>& repeated) const {
    Cost cost;
    const auto& storage = traffic_.space().hierarchy.levels;
    double reads = 0, writes = 0;
    for (const auto& c : traffic_.connections()) {
        if (c.child > middle_) continue;
        const auto sent = traffic_.received(c, tiling, tiles, orders);
        const auto from = traffic_.read(c, sent, tiling, tiles);
        const bool output = c.operand == outputs_index;
        const auto read = static_cast<double>(output ? from - traffic_.replicas(tiling, c.parent) : from);
        const auto fill = static_cast<double>(output ? sent - traffic_.replicas(tiling, c.child) : sent);
        const auto update = output ? static_cast<double>(from) : 0;
        cost.energy += read * storage[c.parent].read_energy[c.operand].count() +
                       update * storage[c.parent].write_energy[c.operand].count() +
                       fill * storage[c.child].write_energy[c.operand].count();
        reads += read;
        writes += update;
    }
    cost.cycles = outer_cycles(reads, writes, repeated);
    return cost;
}

double Halves::outer_cycles(double reads, double writes, const std::array<double, 3>& repeated) const {
    for (const auto& c : traffic_.connections()) {
        const auto& p = traffic_.projection(c.operand);
        // Boxes of a window overlap, and those of a stride leave gaps.
        const auto dense = [](const Axis& axis) { return axis.size() == 1 && axis.front().coefficient == 1; };
        if (c.child <= middle_ || c.parent > 0 || !std::ranges::all_of(p.axes, dense)) continue;
        const auto all = static_cast<double>(traffic_.words(c.operand));
        const auto sent = all * repeated[c.operand];
        reads += c.operand == outputs_index ? sent - all : sent;
        writes += c.operand == outputs_index ? sent : 0;
    }
    double cycles = 0;
    const auto& storage = traffic_.space().hierarchy.levels[0];
    const auto slower = [&](double words, double rate) {
        if (rate > 0) cycles = std::max(cycles, words / rate);
    };
    slower(reads, storage.read_words_per_cycle);
    slower(writes, storage.write_words_per_cycle);
    slower(reads + writes, storage.shared_words_per_cycle);
    return cycles;
}

Cost Halves::least_outer(const Outer& outer, const Tiling& tiling, Inner& scratch) {
    const auto tiles = traffic_.tiles(tiling);
    scratch.product = outer.rest;
    scratch.sure = {};
    shares_.clear();
    for (const auto& c : traffic_.connections()) {
        if (c.child > middle_) continue;
        shares_.push_back(share(c, scratch, tiling, tiles));
        if (c.operand == outputs_index) add_replicas(c, tiling, scratch);
    }
    return {0, scratch.sure.energy + least_shares(shares_, still_sets(scratch.product), {1, 1, 1})};
}

/// Iterations of loops that the operand does not depend on, outside one that moves its box.
double Halves::repeated(std::size_t operand, const Tiling& tiling, const Order& order) const {
    const auto& p = traffic_.projection(operand);
    double times = 1;
    bool moved = false;
    for (std::size_t i = 0; i < order.count; ++i) {
        const auto d = order.dims[i];
        if (p.depends_on(d))
            moved |= tiling.time[0][d] > 1;
        else if (moved)
            times *= static_cast<double>(tiling.time[0][d]);
    }
    return times;
}

// The inner half.

bool Halves::inner_fits(const Tiling& tiling) const {
    const auto tiles = traffic_.tiles(tiling);
    for (std::size_t l = middle_; l < traffic_.levels(); ++l) {
        if (!traffic_.fits(l, tiles[l])) return false;
        if (traffic_.fans_out(l) && !columns_of(traffic_.space(), l, tiling.space[l])) return false;
    }
    return true;
}

/// Energy of a word that the child is sent, of which the parent's part is shared.
double Halves::energy_per_word(const Connection& c, double read_share) const {
    const auto& storage = traffic_.space().hierarchy.levels;
    auto parent = storage[c.parent].read_energy[c.operand].count();
    if (c.operand == outputs_index) parent += storage[c.parent].write_energy[c.operand].count();
    const auto child = c.child < traffic_.levels() ? storage[c.child].write_energy[c.operand].count() : 0;
    return parent * read_share + child;
}

Share Halves::share(const Connection& c, const Inner& inner, const Tiling& tiling, const Tiles& tiles) const {
    const auto& p = traffic_.projection(c.operand);
    const auto boxes = traffic_.all_boxes(c, tiles);
    const auto read = static_cast<double>(traffic_.read(c, boxes, tiling, tiles)) / static_cast<double>(boxes);
    const auto all = static_cast<double>(boxes) * energy_per_word(c, c.parent < middle_ ? read / outer_fan_out_ : read);
    if (c.child == traffic_.levels()) return {c.operand, all, all};
    double still = 1, slide = 1;
    std::uint32_t moving = 0;
    for (std::size_t d = 0; d < traffic_.dims(); ++d) {
        auto inside = tiles[c.child][d];
        for (auto l = middle_; l < c.child; ++l) inside *= tiling.space[l][d];
        if (inside == traffic_.space().nest.dims[d].size) continue;
        const auto outside = traffic_.space().nest.dims[d].size / inside;
        if (!p.depends_on(d)) {
            still *= static_cast<double>(outside);
        } else if (p.slides(d)) {
            moving |= std::uint32_t{1} << d;
            const auto extent = p.extent(static_cast<std::size_t>(p.axis_of[d]), tiles[c.child]);
            slide = std::min(slide,
                             static_cast<double>(p.coefficient[d] * tiles[c.child][d]) / static_cast<double>(extent));
        }
    }
    // Two loops along one axis may meet in the same box, at most every other time (Traffic::stationary).
    double meet = 1;
    for (std::size_t d = 0; d < traffic_.dims(); ++d)
        for (std::size_t e = 0; e < d; ++e)
            if ((moving >> d & moving >> e & 1) != 0 && p.axis_of[d] == p.axis_of[e]) meet = 0.5;
    const auto inner_still = stays_inside(c, inner, tiling);
    return {c.operand, all / still * meet, std::min(all * slide, all / inner_still * meet)};
}

/// Steps of the loops inside the middle level that do not move the child's box.
double Halves::stays_inside(const Connection& c, const Inner& inner, const Tiling& tiling) const {
    double still = 1;
    for (auto l = c.child; l-- > middle_ + 1;)
        for (std::size_t i = 0; i < inner.orders[l]->count; ++i) {
            const auto d = inner.orders[l]->dims[i];
            if (tiling.time[l][d] == 1) continue;
            if (traffic_.projection(c.operand).depends_on(d)) return still;
            still *= static_cast<double>(tiling.time[l][d]);
        }
    return still;
}

/// By which operands each dimension's loops outside keep still.
unsigned Halves::still_sets(const Factors& product) const {
    unsigned sets = 0;
    for (std::size_t d = 0; d < traffic_.dims(); ++d)
        if (traffic_.space().nest.dims[d].size != product[d]) sets |= 1U << still_[d];
    return sets == 0 ? 1 : sets;
}

/// First touches of outputs cost no read.
void Halves::add_replicas(const Connection& c, const Tiling& tiling, Inner& inner) const {
    const auto& storage = traffic_.space().hierarchy.levels;
    const auto first = [&](std::size_t level) {
        return static_cast<double>(traffic_.replicas(tiling, level)) * outer_fan_out_;
    };
    inner.sure.energy -= storage[c.parent].read_energy[c.operand].count() * first(c.parent);
    if (c.child < traffic_.levels())
        inner.sure.energy -= storage[c.child].write_energy[c.operand].count() * first(c.child);
}

void Halves::measure(const Tiling& tiling, Inner& inner) {
    const auto tiles = traffic_.tiles(tiling);
    const auto macs = static_cast<double>(traffic_.macs());
    double engaged = outer_fan_out_;
    for (auto l = middle_; l < traffic_.levels(); ++l)
        for (std::size_t d = 0; traffic_.fans_out(l) && d < traffic_.dims(); ++d)
            engaged *= static_cast<double>(tiling.space[l][d]);
    inner.sure = {macs / engaged, traffic_.space().hierarchy.mac_energy.count() * macs};
    shares_.clear();
    for (const auto& c : traffic_.connections()) {
        if (c.child <= middle_) continue;
        const auto one = share(c, inner, tiling, tiles);
        if (c.operand == outputs_index) add_replicas(c, tiling, inner);
        if (c.child == traffic_.levels())
            inner.sure.energy += one.stays;
        else
            shares_.push_back(one);
    }
    inner.shares = shares_;
    inner.still = still_sets(inner.product);
    inner.least = inner.sure;
    inner.least.energy += least_shares(inner.shares, inner.still, {1, 1, 1});
}

}  // namespace dyad::models::exact
