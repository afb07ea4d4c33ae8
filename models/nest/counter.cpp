// SPDX-License-Identifier: Apache-2.0
#include "models/nest/counter.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace dyad::models {

namespace {

constexpr auto nowhere = std::numeric_limits<std::size_t>::max();
constexpr auto outputs_index = static_cast<std::size_t>(Operand::outputs);

}  // namespace

NestCounter::NestCounter(const LoopNest& nest, const Hierarchy& hierarchy)
    : dims_(nest.dims.size()),
      levels_(hierarchy.levels.size()),
      first_(levels_ + 1),
      tiles_((levels_ + 1) * dims_),
      clipped_(dims_),
      positions_(dims_),
      extents_(dims_) {
    for (const auto& dim : nest.dims) sizes_.push_back(dim.size);
    for (const auto& level : hierarchy.levels) keeps_.push_back(level.keeps);
    for (std::size_t o = 0; o < projections_.size(); ++o) {
        auto& p = projections_[o];
        p.axis_of.assign(dims_, no_axis);
        p.coefficient.assign(dims_, 0);
        p.tile_words.assign(levels_ + 1, 1);
        for (const auto& axis : nest.projections[o]) {
            auto& kept = p.axes.emplace_back();
            for (const auto& term : axis) {
                if (term.coefficient == 0) continue;
                kept.push_back(term);
                auto& place = p.axis_of[term.dim];
                place = place == no_axis ? static_cast<int>(p.axes.size()) - 1 : many_axes;
                p.coefficient[term.dim] = term.coefficient;
            }
        }
    }
    nothing_.axis_of.assign(dims_, no_axis);
    counts_.levels.resize(levels_);
}

const AccessCounts& NestCounter::count(const Mapping& mapping) {
    if (mapping.levels.size() != levels_) throw std::logic_error("a mapping needs one entry for each storage level");
    flatten(mapping);
    counts_.engaged_multipliers = 1;
    for (const auto& loop : loops_)
        if (loop.spatial) counts_.engaged_multipliers *= loop.factor;
    counts_.compute_cycles = compute_cycles();
    for (std::size_t o = 0; o < projections_.size(); ++o) count_operand(o, mapping);
    return counts_;
}

void NestCounter::flatten(const Mapping& mapping) {
    loops_.clear();
    for (std::size_t l = 0; l < levels_; ++l) {
        first_[l] = loops_.size();
        for (const auto& loop : mapping.levels[l].loops)
            if (loop.factor > 1) loops_.push_back({loop.dim, l, loop.factor, 1, loop.axis != LoopAxis::temporal});
    }
    first_[levels_] = loops_.size();
    std::fill_n(tiles_.begin() + static_cast<std::ptrdiff_t>(levels_ * dims_), dims_, 1);
    for (auto l = levels_; l-- > 0;) {
        const auto here = tiles_.begin() + static_cast<std::ptrdiff_t>(l * dims_);
        std::copy_n(here + static_cast<std::ptrdiff_t>(dims_), dims_, here);
        for (auto k = first_[l + 1]; k-- > first_[l];) {
            auto& size = tiles_[l * dims_ + loops_[k].dim];
            loops_[k].stride = size;
            size *= loops_[k].factor;
        }
    }
    any_clipped_ = false;
    for (std::size_t d = 0; d < dims_; ++d) any_clipped_ |= clipped_[d] = tile(0, d) != sizes_[d];
}

void NestCounter::count_operand(std::size_t operand, const Mapping& mapping) {
    measure_tiles(projections_[operand]);
    auto parent = nowhere;
    std::uint64_t instances = 1;
    for (std::size_t l = 0; l < levels_; ++l) {
        auto& counts = counts_.levels[l][operand] = LevelCounts{};
        if (keeps_[l][operand] && mapping.levels[l].keeps[operand]) {
            counts.instances = instances;
            counts.tile_words = projections_[operand].tile_words[l];
            if (parent != nowhere) connect(operand, parent, l);
            parent = l;
        }
        for (auto k = first_[l]; k < first_[l + 1]; ++k)
            if (loops_[k].spatial) instances *= loops_[k].factor;
    }
    if (parent != nowhere) connect(operand, parent, levels_);
}

/// Counts the traffic between two neighbours that keep the operand; child = levels_ stands for the multipliers.
void NestCounter::connect(std::size_t operand, std::size_t parent, std::size_t child) {
    const auto& p = projections_[operand];
    const auto shared = share(p, parent, child);
    const auto received = sent(p, child, nowhere);
    auto read = shared.largest == 1 ? received : sent(p, child, first_[parent]);
    if (shared.distinct != shared.instances) {
        const auto whole = read / shared.instances, rest = read % shared.instances;
        read = whole * shared.distinct + core::ceil_div(rest * shared.distinct, shared.instances);
    }
    auto& from = counts_.levels[parent][operand];
    from.multicast = shared.largest;
    from.reads = read;
    if (operand == outputs_index) {
        from.updates = read;
        from.reads -= replicas(p, parent);
        from.spatial_reductions = received - read;
    }
    if (child == levels_) return;
    counts_.levels[child][operand].fills = operand == outputs_index ? received - replicas(p, child) : received;
}

std::uint64_t NestCounter::extent(const Axis& axis, std::size_t level) const {
    std::uint64_t last = 0;
    for (const auto& term : axis) last += term.coefficient * (std::min(tile(level, term.dim), sizes_[term.dim]) - 1);
    return last + 1;
}

void NestCounter::measure_tiles(Projection& p) const {
    for (std::size_t l = 0; l < levels_; ++l) {
        p.tile_words[l] = 1;
        for (const auto& axis : p.axes) p.tile_words[l] *= extent(axis, l);
    }
}

/// Words that all instances of `level` are sent over the whole nest, partial sums included.
std::uint64_t NestCounter::sent(const Projection& p, std::size_t level, std::size_t shared_from) {
    Steps steps{level, first_[level], shared_from};
    if (level == levels_) return boxes(p, steps);  // a multiplier holds nothing from step to step
    auto k = first_[level];
    bool stays = false;
    while (k-- > 0) {
        if (loops_[k].spatial) continue;
        if (p.depends_on(loops_[k].dim)) return stays ? stationary(p, steps, k) : slid(p, steps, k);
        stays = true;
    }
    steps.temporal_end = 0;
    return boxes(p, steps);
}

/// The innermost loops do not move the box; `loop` is the first that does.
std::uint64_t NestCounter::stationary(const Projection& p, const Steps& steps, std::size_t loop) {
    auto words = boxes(p, {steps.level, loop + 1, steps.shared_from});
    const auto axis = p.axis_of[loops_[loop].dim];
    auto moved = p.coefficient[loops_[loop].dim] * loops_[loop].stride;
    for (auto k = loop; axis != many_axes && k-- > 0;) {
        if (loops_[k].spatial || !p.depends_on(loops_[k].dim)) continue;
        if (!moves_along(p, k, loop)) break;
        const auto step = p.coefficient[loops_[k].dim] * loops_[k].stride;
        if (step == moved) words -= advances(p, steps, k);  // forth along one dimension, back along another
        moved += step;
    }
    return words;
}

/// `loop` is the innermost of all and moves the box.
std::uint64_t NestCounter::slid(const Projection& p, const Steps& steps, std::size_t loop) {
    const auto axis = p.axis_of[loops_[loop].dim];
    const auto slide = p.coefficient[loops_[loop].dim] * loops_[loop].stride;
    if (axis == many_axes || slide >= extent(p.axes[static_cast<std::size_t>(axis)], steps.level))
        return boxes(p, steps);
    auto words = boxes(p, {steps.level, loop, steps.shared_from}) + slabs(p, steps, loop, slide);
    auto moved = slide;
    for (auto k = loop; k-- > 0;) {
        if (loops_[k].spatial || !p.depends_on(loops_[k].dim)) continue;
        if (!moves_along(p, k, loop)) break;
        const auto step = p.coefficient[loops_[k].dim] * loops_[k].stride;
        if (step == moved + slide) words += slabs(p, steps, k, slide) - advances(p, steps, k);
        moved += step;
    }
    return words;
}

/// Whether two loops move the box along one axis; with short tiles only two loops of one dimension go together.
bool NestCounter::moves_along(const Projection& p, std::size_t outer, std::size_t inner) const {
    const auto a = loops_[outer].dim, b = loops_[inner].dim;
    return p.axis_of[a] == p.axis_of[b] && (a == b || !any_clipped_);
}

/// Whole boxes over the steps in which `loop` advances.
std::uint64_t NestCounter::advances(const Projection& p, const Steps& steps, std::size_t loop) {
    return boxes(p, {steps.level, loop + 1, steps.shared_from}) - boxes(p, {steps.level, loop, steps.shared_from});
}

/// New slabs over the steps in which `loop` moves the box by `slide` along its axis.
std::uint64_t NestCounter::slabs(const Projection& p, const Steps& steps, std::size_t loop, std::uint64_t slide) {
    const auto dim = loops_[loop].dim;
    const auto axis = static_cast<std::size_t>(p.axis_of[dim]);
    if (!any_clipped_) return advances(p, steps, loop) / extent(p.axes[axis], steps.level) * slide;
    place(p, {steps.level, loop, steps.shared_from});
    const auto still = positions_[dim], still_extent = extents_[dim];
    place(p, {steps.level, loop + 1, steps.shared_from});
    const auto moves = positions_[dim] - still, sizes = extents_[dim] - still_extent;
    const auto full = tile(steps.level, dim);
    const auto slab = slide * moves - p.coefficient[dim] * (moves * full - sizes);  // less where the last tile is short
    std::uint64_t others = 1, small = 0;
    for (const auto& term : p.axes[axis]) {
        if (term.dim == dim) continue;
        others *= positions_[term.dim];
        // Where the other dimension's tile is short the slide may leave the box before altogether.
        const auto missing = positions_[term.dim] * tile(steps.level, term.dim) - extents_[term.dim];
        const auto rest = term.coefficient * (tile(steps.level, term.dim) - missing - 1) + 1;
        if (missing > 0 && slide >= p.coefficient[dim] * (full - 1) + rest)
            small = slab - (p.coefficient[dim] * (sizes - moves) + rest * moves);
    }
    return (slab * others - small) * placed_words(p, axis);
}

/// Whole boxes over all steps that `steps` selects.
std::uint64_t NestCounter::boxes(const Projection& p, const Steps& steps) {
    if (any_clipped_) {
        place(p, steps);
        return placed_words(p, nowhere);
    }
    auto words = p.tile_words[steps.level];
    for (std::size_t k = 0; k < first_[steps.level]; ++k)
        if (!stands(p, steps, k)) words *= loops_[k].factor;
    return words;
}

/// Sum over all placed positions of the product of the box's extents, all axes but `without`.
std::uint64_t NestCounter::placed_words(const Projection& p, std::size_t without) const {
    std::uint64_t words = 1;
    for (std::size_t a = 0; a < p.axes.size(); ++a) {
        if (a == without) continue;
        std::uint64_t steps = 1, spread = 0;
        for (const auto& term : p.axes[a]) steps *= positions_[term.dim];
        for (const auto& term : p.axes[a])
            spread += term.coefficient * (extents_[term.dim] - positions_[term.dim]) * (steps / positions_[term.dim]);
        words *= spread + steps;
    }
    for (std::size_t d = 0; d < dims_; ++d)
        if (!p.depends_on(d)) words *= positions_[d];
    return words;
}

/// First touches of outputs, summed over the instances of `level`: each instance of a partial sum has its own.
std::uint64_t NestCounter::replicas(const Projection& p, std::size_t level) {
    auto words = p.tile_words[0];
    if (!any_clipped_) {
        for (std::size_t k = 0; k < first_[level]; ++k)
            if (loops_[k].spatial && !p.depends_on(loops_[k].dim)) words *= loops_[k].factor;
        return words;
    }
    place(p, {level, 0, nowhere});
    for (std::size_t d = 0; d < dims_; ++d)
        if (!p.depends_on(d)) words *= positions_[d];
    return words;
}

bool NestCounter::stands(const Projection& p, const Steps& steps, std::size_t loop) const {
    if (!loops_[loop].spatial) return loop >= steps.temporal_end;
    return loop >= steps.shared_from && !p.depends_on(loops_[loop].dim);
}

/// Fills positions_ and extents_: how many tiles of `steps.level` there are along each dimension, and their total size.
void NestCounter::place(const Projection& p, const Steps& steps) {
    std::ranges::fill(positions_, 1);
    for (std::size_t k = 0; k < first_[steps.level]; ++k)
        if (!stands(p, steps, k)) positions_[loops_[k].dim] *= loops_[k].factor;
    for (std::size_t d = 0; d < dims_; ++d) {
        if (clipped_[d]) {
            place_clipped(p, steps, d);
        } else {
            extents_[d] = positions_[d] * tile(steps.level, d);
        }
    }
}

/// The loops of one dimension are the digits of a tile's number: counts the numbers below the number of tiles whose
/// standing digits are 0.
void NestCounter::place_clipped(const Projection& p, const Steps& steps, std::size_t dim) {
    const auto size = tile(steps.level, dim);
    const auto tiles = core::ceil_div(sizes_[dim], size);
    auto free = positions_[dim], below = tiles, last = tiles - 1;
    std::uint64_t found = 0;
    bool last_stands = true;
    for (std::size_t k = 0; k < first_[steps.level]; ++k) {
        if (loops_[k].dim != dim) continue;
        const auto weight = loops_[k].stride / size;
        if (stands(p, steps, k)) {
            if (below >= weight) found += free, below = 0;
            last_stands = last_stands && last < weight;
        } else {
            free /= loops_[k].factor;
            found += below / weight * free;
            below %= weight;
        }
        last %= weight;
    }
    positions_[dim] = tiles == 1 ? 1 : found;
    extents_[dim] = positions_[dim] * size - (last_stands ? tiles * size - sizes_[dim] : 0);
}

/// How the spatial loops of levels from..to-1 share one read.
NestCounter::Share NestCounter::share(const Projection& p, std::size_t from, std::size_t to) const {
    Share all;
    for (auto l = from; l < to; ++l) {
        std::uint64_t unrolled = 0;  // axes of several dimensions that the level unrolls, a bit each
        for (auto k = first_[l]; k < first_[l + 1]; ++k) {
            if (!loops_[k].spatial) continue;
            if (!p.depends_on(loops_[k].dim)) {
                all.largest *= loops_[k].factor;
            } else if (const auto axis = p.axis_of[loops_[k].dim]; axis != many_axes) {
                unrolled |= std::uint64_t{1} << (axis & 63);
            }
        }
        for (std::size_t a = 0; unrolled != 0 && a < p.axes.size(); ++a) {
            if (p.axes[a].size() < 2 || (unrolled >> (a & 63) & 1) == 0) continue;
            const auto one = share_axis(p.axes[a], l);
            all.distinct *= one.distinct;
            all.instances *= one.instances;
            all.largest *= one.largest;
        }
    }
    return all;
}

/// Instances whose boxes coincide because two dimensions of one axis are unrolled at once (the diagonals of a
/// row-stationary array): a*i + b*j takes m*n - (m-b)(n-a) values for i < m, j < n, a and b without common divisor,
/// the commonest min(m/b, n/a) times (rounded up).
NestCounter::Share NestCounter::share_axis(const Axis& axis, std::size_t level) const {
    Share all;
    std::uint64_t step = 0;
    for (const auto& term : axis) {
        std::uint64_t count = 1, stride = 0;
        for (auto k = first_[level]; k < first_[level + 1]; ++k)
            if (loops_[k].spatial && loops_[k].dim == term.dim) {
                count *= loops_[k].factor;
                stride = term.coefficient * loops_[k].stride;
            }
        if (count == 1) continue;
        const auto divisor = std::gcd(step, stride);
        if (all.instances > 1) {
            const auto a = step / divisor, b = stride / divisor;
            const auto m = all.instances, n = count;
            all.distinct = m * n - (m > b ? m - b : 0) * (n > a ? n - a : 0);
            all.largest = std::min(core::ceil_div(m, b), core::ceil_div(n, a));
        } else {
            all.distinct = count;
        }
        all.instances *= count;
        step = stride;
    }
    return all;
}

std::uint64_t NestCounter::compute_cycles() {
    if (any_clipped_) {
        place(nothing_, {levels_, loops_.size(), 0});
        return std::accumulate(positions_.begin(), positions_.end(), std::uint64_t{1}, std::multiplies{});
    }
    std::uint64_t cycles = 1;
    for (const auto& loop : loops_)
        if (!loop.spatial) cycles *= loop.factor;
    return cycles;
}

}  // namespace dyad::models
