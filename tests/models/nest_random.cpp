// SPDX-License-Identifier: Apache-2.0
// The closed-form counts against walking every step, and what must not change them, on random small nests.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/random.hpp"
#include "models/nest/counter.hpp"
#include "tests/models/nest_oracle.hpp"

using namespace dyad::models;
using dyad::core::Stream;

namespace {

struct Case {
    LoopNest nest;
    Hierarchy hierarchy;
    Mapping mapping;
};

LoopNest random_nest(Stream& random) {
    const auto size = [&](std::uint64_t most) { return 1 + random.below(most); };
    if (random.chance(0.25)) return matmul_nest(size(2), size(6), size(5), size(5));
    return conv_nest({.n = size(2),
                      .g = random.chance(0.2) ? size(3) : 1,
                      .k = size(4),
                      .c = size(4),
                      .p = size(7),
                      .q = size(3),
                      .r = size(3),
                      .s = random.chance(0.5) ? 1 : size(3),
                      .stride_h = size(2),
                      .dilation_h = size(2)});
}

/// Splits a dimension over all levels, innermost first; imperfect factors leave a short last tile.
void split(Case& c, std::size_t dim, bool imperfect, Stream& random) {
    auto left = c.nest.dims[dim].size;
    const auto levels = c.mapping.levels.size();
    for (auto l = levels; l-- > 0 && left > 1;)
        for (const auto axis : {LoopAxis::cols, LoopAxis::temporal}) {
            if (axis == LoopAxis::cols && (l + 1 == levels || !random.chance(0.3))) continue;
            std::uint64_t factor = l == 0 && axis == LoopAxis::temporal ? left : 1 + random.below(left);
            while (!imperfect && left % factor != 0) --factor;
            left = dyad::core::ceil_div(left, factor);
            auto& loops = c.mapping.levels[l].loops;
            if (factor > 1) loops.insert(axis == LoopAxis::cols ? loops.end() : loops.begin(), {dim, factor, axis});
        }
}

void shuffle_times(LevelMapping& level, Stream& random) {
    auto last = std::ranges::find_if(level.loops, [](const Loop& loop) { return loop.axis != LoopAxis::temporal; });
    for (auto n = last - level.loops.begin(); n > 1; --n)
        std::swap(level.loops[static_cast<std::size_t>(n - 1)],
                  level.loops[random.below(static_cast<std::uint64_t>(n))]);
}

/// Rows and filter rows (or columns) both unrolled share diagonals; counts of short tiles are then an upper bound, and
/// diagonals across levels are not shared.
bool unrolled_twice(const Case& c, bool one_level_allowed) {
    for (const auto& axis : c.nest.projections[1]) {
        std::vector<std::pair<std::size_t, std::size_t>> found;
        for (std::size_t l = 0; l < c.mapping.levels.size(); ++l)
            for (const auto& loop : c.mapping.levels[l].loops)
                for (const auto& term : axis)
                    if (loop.dim == term.dim && loop.axis != LoopAxis::temporal) found.emplace_back(l, loop.dim);
        for (const auto& [level, dim] : found)
            if (dim != found[0].second && !(one_level_allowed && level == found[0].first)) return true;
    }
    return false;
}

Case random_case(std::uint64_t number, bool imperfect) {
    for (std::uint64_t attempt = 0;; ++attempt) {
        Stream random(7, imperfect ? "imperfect nest" : "perfect nest", number, attempt);
        Case c{random_nest(random), {}, {}};
        const auto levels = 1 + random.below(4);
        c.mapping.levels.resize(levels);
        c.hierarchy.levels.resize(levels);
        for (std::size_t d = 0; d < c.nest.dims.size(); ++d) split(c, d, imperfect, random);
        for (std::size_t l = 0; l < levels; ++l) {
            shuffle_times(c.mapping.levels[l], random);
            for (auto& keeps : c.mapping.levels[l].keeps) keeps = l == 0 || !random.chance(0.25);
        }
        if (!unrolled_twice(c, !imperfect) && c.nest.macs() < 1500) return c;
    }
}

std::string text(const Case& c) {
    std::string all;
    for (const auto& d : c.nest.dims) all += fmt::format("{}={} ", d.name, d.size);
    for (const auto& level : c.mapping.levels) {
        all +=
            fmt::format("| {}{}{} ", level.keeps[0] ? "w" : "", level.keeps[1] ? "i" : "", level.keeps[2] ? "o" : "");
        for (const auto& loop : level.loops)
            all += fmt::format("{}{}{} ", c.nest.dims[loop.dim].name, loop.factor,
                               loop.axis == LoopAxis::temporal ? "" : "x");
    }
    return all;
}

std::string text(const AccessCounts& counts) {
    auto all = fmt::format("cycles {} engaged {}\n", counts.compute_cycles, counts.engaged_multipliers);
    for (std::size_t l = 0; l < counts.levels.size(); ++l)
        for (const auto o : operands) {
            const auto& x = counts.levels[l][static_cast<std::size_t>(o)];
            all += fmt::format("{} {}: {} of {} words, reads {} fills {} updates {} multicast {} reductions {}\n", l,
                               name(o), x.instances, x.tile_words, x.reads, x.fills, x.updates, x.multicast,
                               x.spatial_reductions);
        }
    return all;
}

/// Turns around the longest run of the innermost loops of a level that `operand` does not depend on.
Mapping turned(const Case& c, std::size_t operand) {
    auto mapping = c.mapping;
    const auto depends = [&](const Loop& loop) {
        for (const auto& axis : c.nest.projections[operand])
            for (const auto& term : axis)
                if (term.dim == loop.dim) return true;
        return loop.axis != LoopAxis::temporal;
    };
    for (auto& level : mapping.levels)
        for (auto first = level.loops.begin(); first != level.loops.end();) {
            first = std::find_if_not(first, level.loops.end(), depends);
            const auto last = std::find_if(first, level.loops.end(), depends);
            std::reverse(first, last);
            first = last;
        }
    return mapping;
}

/// Cuts every loop of time over a dimension that stands alone on its axes into its smallest divisor and the rest.
Mapping cut(const Case& c) {
    auto mapping = c.mapping;
    for (auto& level : mapping.levels)
        for (std::size_t k = 0; k < level.loops.size(); ++k) {
            auto& loop = level.loops[k];
            std::uint64_t divisor = 2;
            while (divisor < loop.factor && loop.factor % divisor != 0) ++divisor;
            const bool slides = std::ranges::any_of(c.nest.projections[1], [&](const Axis& axis) {
                return axis.size() > 1 && std::ranges::any_of(axis, [&](auto t) { return t.dim == loop.dim; });
            });
            if (slides || loop.axis != LoopAxis::temporal || divisor >= loop.factor) continue;
            loop.factor /= divisor;
            const Loop inner{loop.dim, divisor, LoopAxis::temporal};
            level.loops.insert(level.loops.begin() + static_cast<std::ptrdiff_t>(k) + 1, inner);
            ++k;
        }
    return mapping;
}

std::string counts_of(const AccessCounts& counts, std::size_t operand, std::uint64_t times) {
    std::string all;
    for (const auto& level : counts.levels)
        all += fmt::format("{} {} {} {}; ", times * level[operand].reads, times * level[operand].fills,
                           times * level[operand].updates, times * level[operand].spatial_reductions);
    return all;
}

}  // namespace

TEST_SUITE("models/nest") {
    TEST_CASE("closed-form counts equal those of walking every step") {
        for (const bool imperfect : {false, true})
            for (std::uint64_t i = 0; i < 250; ++i) {
                const auto c = random_case(i, imperfect);
                INFO(text(c));
                CHECK(text(count_accesses(c.nest, c.hierarchy, c.mapping)) ==
                      text(walk_accesses(c.nest, c.hierarchy, c.mapping)));
            }
    }
    TEST_CASE("an order among loops that an operand does not depend on does not change its counts") {
        for (std::uint64_t i = 0; i < 200; ++i) {
            const auto c = random_case(i, i % 2 == 0);
            INFO(text(c));
            const auto before = count_accesses(c.nest, c.hierarchy, c.mapping);
            for (std::size_t o = 0; o < operands.size(); ++o)
                CHECK(counts_of(count_accesses(c.nest, c.hierarchy, turned(c, o)), o, 1) == counts_of(before, o, 1));
        }
    }
    TEST_CASE("a loop cut in two counts like the whole") {
        int cuts = 0;
        for (std::uint64_t i = 0; i < 200; ++i) {
            const auto c = random_case(i, false);
            INFO(text(c));
            const auto mapping = cut(c);
            for (std::size_t l = 0; l < mapping.levels.size(); ++l)
                cuts += mapping.levels[l].loops.size() > c.mapping.levels[l].loops.size() ? 1 : 0;
            CHECK(text(count_accesses(c.nest, c.hierarchy, mapping)) ==
                  text(count_accesses(c.nest, c.hierarchy, c.mapping)));
        }
        CHECK(cuts > 20);
    }
    TEST_CASE("three groups one after another count three times one group") {
        for (std::uint64_t i = 0; i < 200; ++i) {
            const auto c = random_case(i, i % 2 == 0);
            const auto g = c.nest.dim("G").value();
            if (c.nest.dims[g].size > 1) continue;
            INFO(text(c));
            auto nest = c.nest;
            auto mapping = c.mapping;
            nest.dims[g].size = 3;
            mapping.levels[0].loops.insert(mapping.levels[0].loops.begin(), {g, 3, LoopAxis::temporal});
            const auto one = count_accesses(c.nest, c.hierarchy, c.mapping);
            const auto three = count_accesses(nest, c.hierarchy, mapping);
            CHECK(three.compute_cycles == 3 * one.compute_cycles);
            for (std::size_t o = 0; o < operands.size(); ++o) CHECK(counts_of(three, o, 1) == counts_of(one, o, 3));
        }
    }
    TEST_CASE("one counter gives the same for each of many mappings as a fresh one") {
        const auto c = random_case(3, false);
        NestCounter counter(c.nest, c.hierarchy);
        const auto first = text(counter.count(c.mapping));
        (void)counter.count(cut(c));
        (void)counter.count(turned(c, 0));
        CHECK(text(counter.count(c.mapping)) == first);
    }
}
