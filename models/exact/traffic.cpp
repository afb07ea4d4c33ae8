// SPDX-License-Identifier: Apache-2.0
#include "models/exact/traffic.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace dyad::models::exact {
namespace {

constexpr auto outputs_index = static_cast<std::size_t>(Operand::outputs);

Projection projection(const LoopNest& nest, std::size_t operand) {
    Projection p;
    p.axis_of.fill(Projection::no_axis);
    for (const auto& axis : nest.projections[operand]) {
        auto& kept = p.axes.emplace_back();
        for (const auto& term : axis) {
            if (term.coefficient == 0) continue;
            kept.push_back(term);
            auto& place = p.axis_of[term.dim];
            place = place == Projection::no_axis ? static_cast<int>(p.axes.size()) - 1 : Projection::many_axes;
            p.coefficient[term.dim] = term.coefficient;
            p.relevant |= std::uint32_t{1} << term.dim;
        }
    }
    return p;
}

double busy(std::uint64_t words, double rate) { return rate > 0 ? std::ceil(static_cast<double>(words) / rate) : 0; }

/// Sums over one level: words of one instance, and energy.
struct LevelSums {
    std::array<std::uint64_t, 3> reads{}, writes{};
};

/// Different boxes, and instances, of spatial loops that move the box along one axis (NestCounter::share_axis).
struct Diagonals {
    std::uint64_t distinct = 1, instances = 1, step = 0;
    void unroll(std::uint64_t count, std::uint64_t stride) {
        const auto divisor = std::gcd(step, stride);
        if (instances > 1) {
            const auto a = step / divisor, b = stride / divisor, m = instances;
            distinct = m * count - (m > b ? m - b : 0) * (count > a ? count - a : 0);
        } else {
            distinct = count;
        }
        instances *= count;
        step = stride;
    }
};

}  // namespace

std::uint64_t Projection::extent(std::size_t axis, const Factors& tile) const {
    std::uint64_t last = 0;
    for (const auto& term : axes[axis]) last += term.coefficient * (tile[term.dim] - 1);
    return last + 1;
}

std::uint64_t Projection::words(const Factors& tile) const {
    std::uint64_t product = 1;
    for (std::size_t a = 0; a < axes.size(); ++a) product *= extent(a, tile);
    return product;
}

Traffic::Traffic(const Space& space)
    : space_(&space), dims_(space.nest.dims.size()), levels_(space.levels.size()), macs_(space.nest.macs()) {
    for (std::size_t l = 0; l < levels_; ++l)
        fans_out_[l] = space.hierarchy.levels[l].fanout_rows * space.hierarchy.levels[l].fanout_cols > 1;
    for (std::size_t o = 0; o < operands.size(); ++o) {
        words_[o] = space.nest.words(operands[o]).count();
        projections_[o] = exact::projection(space.nest, o);
        auto parent = levels_;
        for (std::size_t l = 0; l < levels_; ++l) {
            if (!space.levels[l].keeps[o] || !space.hierarchy.levels[l].keeps[o]) continue;
            if (parent < levels_) connections_.push_back({o, parent, l});
            parent = l;
        }
        if (parent < levels_) connections_.push_back({o, parent, levels_});
    }
}

Tiles Traffic::tiles(const Tiling& tiling) const {
    Tiles all;
    all[levels_].fill(1);
    for (auto l = levels_; l-- > 0;)
        for (std::size_t d = 0; d < dims_; ++d) all[l][d] = all[l + 1][d] * tiling.space[l][d] * tiling.time[l][d];
    return all;
}

bool Traffic::fits(std::size_t level, const Factors& tile) const {
    const auto& storage = space_->hierarchy.levels[level];
    std::uint64_t bits = 0;
    for (std::size_t o = 0; o < projections_.size(); ++o) {
        if (!space_->levels[level].keeps[o] || !storage.keeps[o]) continue;
        const auto words = projections_[o].words(tile);
        if (storage.capacity_words[o] != 0 && words > storage.capacity_words[o]) return false;
        bits += words * space_->bits[o];
    }
    return storage.shared_bits == 0 || bits <= storage.shared_bits;
}

std::uint64_t Traffic::all_boxes(const Connection& c, const Tiles& tiles) const {
    std::uint64_t inside = 1;
    for (std::size_t d = 0; d < dims_; ++d) inside *= tiles[c.child][d];
    return macs_ / inside * projections_[c.operand].words(tiles[c.child]);
}

std::uint64_t Traffic::received(const Connection& c, const Tiling& tiling, const Tiles& tiles,
                                const Orders& orders) const {
    const auto& p = projections_[c.operand];
    const auto all = all_boxes(c, tiles);
    if (c.child == levels_) return all;
    std::uint64_t inside = 1;
    for (auto l = c.child; l-- > 0;)
        for (std::size_t i = 0; i < orders[l]->count; ++i) {
            const auto d = orders[l]->dims[i];
            if (tiling.time[l][d] == 1) continue;
            if (!p.depends_on(d)) {
                inside *= tiling.time[l][d];
            } else if (!p.slides(d)) {
                return all / inside;
            } else {
                return inside > 1 ? stationary(c, tiling, tiles, orders, {l, i}, all, inside)
                                  : slid(c, tiling, tiles, orders, {l, i}, all);
            }
        }
    return all / inside;
}

/// Calls `visit(step, inside, factor)` for the loops outside `first` that go on along its axis: how far one moves the
/// box and how many steps lie inside it.
template <class Visit>
void along_axis(const Projection& p, const Tiling& tiling, const Tiles& tiles, const Orders& orders, std::size_t level,
                std::size_t index, std::uint64_t inside, const Visit& visit) {
    const auto axis = p.axis_of[orders[level]->dims[index]];
    for (auto l = level + 1; l-- > 0; index = static_cast<std::size_t>(-1))
        for (auto i = index + 1; i < orders[l]->count; ++i) {
            const auto d = orders[l]->dims[i];
            const auto factor = tiling.time[l][d];
            if (factor == 1) continue;
            if (p.depends_on(d)) {
                if (p.axis_of[d] != axis) return;
                visit(p.coefficient[d] * tiles[l + 1][d] * tiling.space[l][d], inside, factor);
            }
            inside *= factor;
        }
}

std::uint64_t Traffic::stationary(const Connection& c, const Tiling& tiling, const Tiles& tiles, const Orders& orders,
                                  Place first, std::uint64_t all, std::uint64_t inside) const {
    const auto& p = projections_[c.operand];
    const auto d = orders[first.level]->dims[first.index];
    auto words = all / inside;
    auto moved = p.coefficient[d] * tiles[first.level + 1][d] * tiling.space[first.level][d];
    along_axis(p, tiling, tiles, orders, first.level, first.index, inside * tiling.time[first.level][d],
               [&](std::uint64_t step, std::uint64_t within, std::uint64_t factor) {
                   if (step == moved) words -= all / within - all / within / factor;
                   moved += step;
               });
    return words;
}

std::uint64_t Traffic::slid(const Connection& c, const Tiling& tiling, const Tiles& tiles, const Orders& orders,
                            Place first, std::uint64_t all) const {
    const auto& p = projections_[c.operand];
    const auto d = orders[first.level]->dims[first.index];
    const auto slide = p.coefficient[d] * tiles[first.level + 1][d] * tiling.space[first.level][d];
    const auto extent = p.extent(static_cast<std::size_t>(p.axis_of[d]), tiles[c.child]);
    if (slide >= extent) return all;
    const auto factor = tiling.time[first.level][d];
    auto words = all / factor + (all - all / factor) / extent * slide;
    auto moved = slide;
    along_axis(p, tiling, tiles, orders, first.level, first.index, factor,
               [&](std::uint64_t step, std::uint64_t within, std::uint64_t times) {
                   const auto advances = all / within - all / within / times;
                   if (step == moved + slide) words -= advances - advances / extent * slide;
                   moved += step;
               });
    return words;
}

std::uint64_t Traffic::read(const Connection& c, std::uint64_t received, const Tiling& tiling,
                            const Tiles& tiles) const {
    const auto& p = projections_[c.operand];
    Diagonals shared;
    for (auto l = c.parent; l < c.child; ++l) {
        if (!fans_out_[l]) continue;
        for (std::size_t d = 0; d < dims_; ++d)
            if (tiling.space[l][d] > 1 && !p.depends_on(d)) received /= tiling.space[l][d];
        for (const auto& axis : p.axes) {
            if (axis.size() < 2) continue;
            Diagonals one;
            for (const auto& term : axis)
                if (const auto count = tiling.space[l][term.dim]; count > 1 && p.axis_of[term.dim] >= 0)
                    one.unroll(count, term.coefficient * tiles[l + 1][term.dim]);
            shared.distinct *= one.distinct;
            shared.instances *= one.instances;
        }
    }
    if (shared.distinct == shared.instances) return received;
    const auto whole = received / shared.instances, rest = received % shared.instances;
    return whole * shared.distinct + core::ceil_div(rest * shared.distinct, shared.instances);
}

std::uint64_t Traffic::replicas(const Tiling& tiling, std::size_t level) const {
    auto words = words_[outputs_index];
    for (std::size_t l = 0; l < level; ++l)
        for (std::size_t d = 0; fans_out_[l] && d < dims_; ++d)
            if (!projections_[outputs_index].depends_on(d)) words *= tiling.space[l][d];
    return words;
}

Cost Traffic::cost(const Tiling& tiling, const Tiles& tiles, const Orders& orders) const {
    std::array<LevelSums, most_levels> sums{};
    for (const auto& c : connections_) {
        const auto sent = received(c, tiling, tiles, orders);
        const auto from = read(c, sent, tiling, tiles);
        const bool output = c.operand == outputs_index;
        sums[c.parent].reads[c.operand] += output ? from - replicas(tiling, c.parent) : from;
        if (output) sums[c.parent].writes[c.operand] += from;
        if (c.child < levels_) sums[c.child].writes[c.operand] += output ? sent - replicas(tiling, c.child) : sent;
    }
    Cost cost;
    std::uint64_t instances = 1;
    cost.energy = space_->hierarchy.mac_energy.count() * static_cast<double>(macs_);
    for (std::size_t l = 0; l < levels_; ++l) {
        const auto& level = space_->hierarchy.levels[l];
        std::uint64_t reads = 0, writes = 0;
        for (std::size_t o = 0; o < operands.size(); ++o) {
            if (sums[l].reads[o] + sums[l].writes[o] == 0) continue;
            reads += core::ceil_div(sums[l].reads[o], instances);
            writes += core::ceil_div(sums[l].writes[o], instances);
            cost.energy += level.read_energy[o].count() * static_cast<double>(sums[l].reads[o]);
            cost.energy += level.write_energy[o].count() * static_cast<double>(sums[l].writes[o]);
        }
        cost.cycles =
            std::max({cost.cycles, busy(reads, level.read_words_per_cycle), busy(writes, level.write_words_per_cycle),
                      busy(reads + writes, level.shared_words_per_cycle)});
        for (std::size_t d = 0; fans_out_[l] && d < dims_; ++d) instances *= tiling.space[l][d];
    }
    cost.cycles = std::max(cost.cycles, static_cast<double>(macs_ / instances));
    return cost;
}

}  // namespace dyad::models::exact
