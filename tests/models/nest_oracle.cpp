// SPDX-License-Identifier: Apache-2.0
#include "tests/models/nest_oracle.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace dyad::models {

namespace {

using Index = std::vector<std::uint64_t>;
using Words = std::set<Index>;

struct Walked {
    std::size_t dim, level;
    std::uint64_t factor, stride;
    bool spatial;
};

/// One nest, flattened: an index has one entry a loop, outermost first.
struct Walk {
    const LoopNest& nest;
    std::vector<Walked> loops;
    std::vector<std::size_t> first;                 ///< of loops, by level; one more for the multipliers
    std::vector<std::vector<std::uint64_t>> tiles;  ///< by level and dimension
    bool clipped = false;

    Walk(const LoopNest& n, const Mapping& mapping) : nest(n), tiles(mapping.levels.size() + 1) {
        for (std::size_t l = 0; l < mapping.levels.size(); ++l) {
            first.push_back(loops.size());
            for (const auto& loop : mapping.levels[l].loops)
                if (loop.factor > 1) loops.push_back({loop.dim, l, loop.factor, 1, loop.axis != LoopAxis::temporal});
        }
        first.push_back(loops.size());
        std::vector<std::uint64_t> size(nest.dims.size(), 1);
        tiles.back() = size;
        for (auto l = mapping.levels.size(); l-- > 0;) {
            for (auto k = first[l + 1]; k-- > first[l];) {
                loops[k].stride = size[loops[k].dim];
                size[loops[k].dim] *= loops[k].factor;
            }
            tiles[l] = size;
        }
        for (std::size_t d = 0; d < size.size(); ++d) clipped |= size[d] != nest.dims[d].size;
    }

    Index corner(const Index& index) const {
        Index at(nest.dims.size());
        for (std::size_t k = 0; k < index.size(); ++k) at[loops[k].dim] += index[k] * loops[k].stride;
        return at;
    }
    bool active(const Index& index) const {
        const auto at = corner(index);
        for (std::size_t d = 0; d < at.size(); ++d)
            if (at[d] >= nest.dims[d].size) return false;
        return true;
    }
    /// Calls `visit` with every index of the loops outside `level` whose tile exists, in order of time.
    void steps(std::size_t level, const std::function<void(const Index&)>& visit) const {
        Index index(first[level]);
        const std::function<void(std::size_t)> go = [&](std::size_t k) {
            if (k == index.size()) {
                if (active(index)) visit(index);
                return;
            }
            for (index[k] = 0; index[k] < loops[k].factor; ++index[k]) go(k + 1);
            index[k] = 0;
        };
        go(0);
    }
    /// The box of an operand at a corner: lowest and highest value along each axis.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> box(std::size_t operand, std::size_t level,
                                                             const Index& at) const {
        std::vector<std::pair<std::uint64_t, std::uint64_t>> sides;
        for (const auto& axis : nest.projections[operand]) {
            std::uint64_t low = 0, high = 0;
            for (const auto& t : axis) {
                low += t.coefficient * at[t.dim];
                high += t.coefficient * (std::min(at[t.dim] + tiles[level][t.dim], nest.dims[t.dim].size) - 1);
            }
            sides.emplace_back(low, high);
        }
        return sides;
    }
    /// Dimensions of an operand that change when `loop` advances.
    int moving_dims(std::size_t operand, std::size_t loop, std::size_t level) const {
        std::set<std::size_t> dims;
        for (const auto& axis : nest.projections[operand])
            for (const auto& t : axis)
                for (auto k = loop; k < first[level]; ++k)
                    if (!loops[k].spatial && loops[k].dim == t.dim) dims.insert(t.dim);
        return static_cast<int>(dims.size());
    }
    /// All loops of time, or all of space, of an index.
    Index part(const Index& index, bool spatial, std::size_t from, std::size_t to) const {
        Index some;
        for (auto k = first[from]; k < first[to]; ++k)
            if (loops[k].spatial == spatial) some.push_back(index[k]);
        return some;
    }
};

using Box = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Words elements(const Box& box) {
    Words all{{}};
    for (const auto& [low, high] : box) {
        Words longer;
        for (const auto& word : all)
            for (auto x = low; x <= high; ++x) {
                auto more = word;
                more.push_back(x);
                longer.insert(more);
            }
        all = std::move(longer);
    }
    return all;
}

/// How far the box moves when a loop advances and all loops inside it return to their first iteration from the second.
std::vector<std::int64_t> move(const Walk& walk, std::size_t operand, std::size_t level, std::size_t loop) {
    std::vector<std::int64_t> by;
    for (const auto& axis : walk.nest.projections[operand]) {
        std::int64_t sum = 0;
        for (auto k = loop; k < walk.first[level]; ++k)
            for (const auto& t : axis)
                if (!walk.loops[k].spatial && t.dim == walk.loops[k].dim)
                    sum += (k == loop ? 1 : -1) * static_cast<std::int64_t>(t.coefficient * walk.loops[k].stride);
        by.push_back(sum);
    }
    return by;
}

bool still(const std::vector<std::int64_t>& by) {
    return std::ranges::all_of(by, [](auto x) { return x == 0; });
}

/// What an instance is sent at `index`, when its step before was at `before` (empty: none).
Words sent(const Walk& walk, std::size_t operand, std::size_t level, const Index& index, const Index& before) {
    const auto box = walk.box(operand, level, walk.corner(index));
    auto fresh = elements(box);
    if (before.empty() || level + 1 == walk.first.size()) return fresh;
    std::size_t innermost = walk.first[level], moved = 0;
    while (walk.loops[--innermost].spatial) {
    }
    while (walk.loops[moved].spatial || index[moved] == before[moved]) ++moved;
    const auto slide = move(walk, operand, level, innermost);
    if (move(walk, operand, level, moved) != slide) return fresh;
    if (walk.clipped && walk.moving_dims(operand, moved, level) > (still(slide) ? 0 : 1)) return fresh;
    if (std::ranges::count_if(slide, [](auto x) { return x != 0; }) > 1) return fresh;
    auto old = box;
    for (std::size_t a = 0; a < old.size(); ++a) {
        std::uint64_t full = 0;
        for (const auto& t : walk.nest.projections[operand][a])
            if (slide[a] != 0 && t.dim == walk.loops[moved].dim)
                full = t.coefficient * (walk.tiles[level][t.dim] -
                                        (std::min(walk.corner(index)[t.dim] + walk.tiles[level][t.dim],
                                                  walk.nest.dims[t.dim].size) -
                                         walk.corner(index)[t.dim]));  // the box before was not a short last tile
        old[a].first -= static_cast<std::uint64_t>(slide[a]);
        old[a].second -= static_cast<std::uint64_t>(slide[a]);
        old[a].second += full;
    }
    for (const auto& word : elements(old)) fresh.erase(word);
    return fresh;
}

/// Traffic between a level that keeps an operand and the next one inside that does.
struct Link {
    std::uint64_t received = 0, read = 0;
    std::map<Index, Words> parents, children;  ///< touched words by instance
    std::uint64_t multicast = 0;
};

Link link(const Walk& walk, std::size_t operand, std::size_t parent, std::size_t child) {
    Link all;
    std::map<Index, Index> before;                         ///< by instance of the child
    std::map<Index, std::map<Box, std::uint64_t>> shared;  ///< by time and parent: boxes and who wants them
    walk.steps(child, [&](const Index& index) {
        const auto instance = walk.part(index, true, 0, child);
        auto& last = before[instance];
        const auto words = sent(walk, operand, child, index, last);
        last = index;
        all.received += words.size();
        all.children[instance].insert(words.begin(), words.end());
        auto key = walk.part(index, false, 0, child);
        const auto source = walk.part(index, true, 0, parent);
        key.insert(key.end(), source.begin(), source.end());
        const auto users = ++shared[key][walk.box(operand, child, walk.corner(index))];
        all.multicast = std::max(all.multicast, users);
        if (users > 1) return;
        all.read += words.size();
        all.parents[source].insert(words.begin(), words.end());
    });
    return all;
}

std::uint64_t total(const std::map<Index, Words>& touched) {
    std::uint64_t words = 0;
    for (const auto& [instance, set] : touched) words += set.size();
    return words;
}

void record(AccessCounts& counts, std::size_t operand, std::size_t parent, std::size_t child, const Link& link) {
    const bool output = operand == static_cast<std::size_t>(Operand::outputs);
    auto& from = counts.levels[parent][operand];
    from.reads = link.read - (output ? total(link.parents) : 0);
    from.updates = output ? link.read : 0;
    from.multicast = link.multicast;
    from.spatial_reductions = output ? link.received - link.read : 0;
    if (child == counts.levels.size()) return;
    counts.levels[child][operand].fills = link.received - (output ? total(link.children) : 0);
}

}  // namespace

AccessCounts walk_accesses(const LoopNest& nest, const Hierarchy& hierarchy, const Mapping& mapping) {
    const Walk walk(nest, mapping);
    const auto levels = mapping.levels.size();
    AccessCounts counts;
    counts.levels.resize(levels);
    for (std::size_t o = 0; o < operands.size(); ++o) {
        std::vector<std::size_t> kept;
        for (std::size_t l = 0; l < levels; ++l)
            if (hierarchy.levels[l].keeps[o] && mapping.levels[l].keeps[o]) kept.push_back(l);
        for (std::size_t i = 0; i < kept.size(); ++i) {
            const auto child = i + 1 < kept.size() ? kept[i + 1] : levels;
            record(counts, o, kept[i], child, link(walk, o, kept[i], child));
            auto& c = counts.levels[kept[i]][o];
            c.instances = 1;
            for (std::size_t k = 0; k < walk.first[kept[i]]; ++k)
                if (walk.loops[k].spatial) c.instances *= walk.loops[k].factor;
            c.tile_words = elements(walk.box(o, kept[i], Index(nest.dims.size()))).size();
        }
    }
    std::set<Index> times;
    walk.steps(levels, [&](const Index& index) { times.insert(walk.part(index, false, 0, levels)); });
    counts.compute_cycles = times.size();
    counts.engaged_multipliers = 1;
    for (const auto& loop : walk.loops)
        if (loop.spatial) counts.engaged_multipliers *= loop.factor;
    return counts;
}

}  // namespace dyad::models
