// SPDX-License-Identifier: Apache-2.0
// Kernels and hierarchies to search, and what their mappings cost.
#pragma once
#include <algorithm>

#include "core/random.hpp"
#include "models/exact/exact.hpp"
#include "models/mapping_file.hpp"

namespace dyad::models::testing {

using core::Joules, core::Stream, core::Words;
using hw_space::ExplicitHierarchy, hw_space::MappingConstraint;

struct Case {
    LoopNest nest;
    ExplicitHierarchy chip;
};

inline LoopNest random_nest(Stream& random) {
    const auto pick = [&](std::initializer_list<std::uint64_t> sizes) {
        return *(sizes.begin() + random.below(sizes.size()));
    };
    if (random.chance(0.2)) return matmul_nest(pick({1, 2}), pick({1, 4, 6}), pick({2, 3, 4}), pick({2, 4}));
    return conv_nest({.g = random.chance(0.2) ? 2u : 1u,
                      .k = pick({1, 2, 4}),
                      .c = pick({1, 2, 3}),
                      .p = pick({1, 2, 4, 6}),
                      .q = pick({1, 1, 2}),
                      .r = pick({1, 2, 3}),
                      .s = pick({1, 1, 2}),
                      .stride_h = pick({1, 2}),
                      .dilation_h = pick({1, 1, 2})});
}

inline ExplicitHierarchy random_chip(Stream& random) {
    ExplicitHierarchy chip;
    const auto levels = 1 + random.below(4);
    std::uint64_t columns = 1, rows = 1;
    const auto widen = [&] {
        if (random.chance(0.4)) columns *= 1 + random.below(3);
        if (random.chance(0.2)) rows *= 2;
    };
    for (std::size_t l = 0; l < levels; ++l) {
        if (l > 0) widen();
        const auto rate = [&] { return random.chance(0.5) ? 0 : static_cast<double>(1 + random.below(4)); };
        const Joules energy{1e-12 * static_cast<double>(1 + random.below(l == 0 ? 200 : 20))};
        chip.levels.push_back({.name = std::string(1, static_cast<char>('a' + l)),
                               .instances = rows * columns,
                               .columns = columns,
                               .capacity = Words(l == 0 || random.chance(0.2) ? 0 : 4 + random.below(60 / l)),
                               .read_rate = rate(),
                               .write_rate = rate(),
                               .shared_rate = rate(),
                               .read_energy = energy,
                               .write_energy = random.chance(0.5) ? energy : 1.5 * energy,
                               .compression = {}});
    }
    widen();
    chip.multipliers = rows * columns;
    chip.multiplier_columns = columns;
    chip.multiply_energy = Joules(1e-12);
    return chip;
}

inline void constrain(Case& c, Stream& random) {
    using Kind = MappingConstraint::Kind;
    for (std::size_t l = 0; l < c.chip.levels.size(); ++l) {
        MappingConstraint keeps, time, space;
        keeps.level = time.level = space.level = c.chip.levels[l].name;
        time.kind = Kind::temporal;
        space.kind = Kind::spatial;
        for (const auto operand : operands)
            if (l > 0 && random.chance(0.4)) keeps.bypass.emplace_back(name(operand));
        for (const auto& dim : c.nest.dims) {
            if (l > 0 && random.chance(0.3)) time.factors.emplace_back(dim.name, 1);
            if (random.chance(0.3)) space.factors.emplace_back(dim.name, 1);
            if (random.chance(0.1)) time.order.push_back(dim.name);
        }
        c.chip.constraints.insert(c.chip.constraints.end(), {keeps, time, space});
    }
}

inline Case random_case(std::uint64_t number, std::uint64_t attempt) {
    Stream random(11, "explicit hierarchy", number, attempt);
    Case c{random_nest(random), random_chip(random)};
    constrain(c, random);
    return c;
}

inline double value(const Case& c, const Mapping& mapping, Objective objective) {
    const auto hierarchy = storage_levels(c.chip);
    const auto counts = count_accesses(c.nest, hierarchy, mapping);
    const auto cycles = static_cast<double>(steady_cycles(hierarchy, counts));
    const auto energy = access_energy(c.nest, hierarchy, counts).count();
    return objective == Objective::latency ? cycles : objective == Objective::energy ? energy : cycles * energy;
}

inline bool same(const Mapping& a, const Mapping& b) {
    const auto equal = [](const Loop& x, const Loop& y) {
        return x.dim == y.dim && x.factor == y.factor && x.axis == y.axis;
    };
    return std::ranges::equal(a.levels, b.levels, [&](const LevelMapping& x, const LevelMapping& y) {
        return x.keeps == y.keeps && std::ranges::equal(x.loops, y.loops, equal);
    });
}

inline std::uint64_t cycles_with_fill_and_drain(const Case& c, const Mapping& mapping) {
    const auto hierarchy = storage_levels(c.chip);
    const auto counts = count_accesses(c.nest, hierarchy, mapping);
    return steady_cycles(hierarchy, counts) + fill_and_drain_cycles(hierarchy, counts);
}

/// 3 x 3 over 5040 x 5040 channels of 720 x 720, on memories of 512, 128 and 8 times 32 words.
inline Case huge_case() {
    Case c{conv_nest({.n = 16, .k = 5040, .c = 5040, .p = 720, .q = 720, .r = 3, .s = 3}), {}};
    const Joules own{1e-12}, middle{3e-12}, outer{7e-12}, dram{200e-12};
    c.chip.levels = {
        {.name = "dram",
         .capacity = Words(0),
         .shared_rate = 2,
         .read_energy = dram,
         .write_energy = dram,
         .compression = {}},
        {.name = "outer", .capacity = Words(512), .read_energy = outer, .write_energy = outer, .compression = {}},
        {.name = "middle", .capacity = Words(128), .read_energy = middle, .write_energy = middle, .compression = {}},
        {.name = "own",
         .instances = 8,
         .columns = 4,
         .capacity = Words(32),
         .read_energy = own,
         .write_energy = own,
         .compression = {}}};
    c.chip.multipliers = 8;
    c.chip.multiplier_columns = 4;
    c.chip.multiply_energy = own;
    return c;
}

constexpr Objective objectives[] = {Objective::latency, Objective::energy, Objective::edp};

}  // namespace dyad::models::testing
