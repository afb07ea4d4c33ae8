// SPDX-License-Identifier: Apache-2.0
#include "models/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/nest/counter.hpp"
#include "models/nest/idle.hpp"

namespace dyad::models {

namespace {

/// Cycles that one instance needs for `words` at `rate` words a cycle; 0 = unbounded.
std::uint64_t busy(std::uint64_t words, double rate) {
    return rate > 0 ? static_cast<std::uint64_t>(std::ceil(static_cast<double>(words) / rate)) : 0;
}

std::uint64_t level_cycles(const StorageLevel& level, const std::array<LevelCounts, 3>& counts) {
    std::uint64_t reads = 0, writes = 0;
    for (const auto& c : counts) {
        if (c.instances == 0) continue;
        reads += core::ceil_div(c.reads, c.instances);
        writes += core::ceil_div(c.fills + c.updates, c.instances);
    }
    return std::max({busy(reads, level.read_words_per_cycle), busy(writes, level.write_words_per_cycle),
                     busy(reads + writes, level.shared_words_per_cycle)});
}

std::uint64_t fan_out(const LevelMapping& level, LoopAxis axis) {
    std::uint64_t product = 1;
    for (const auto& loop : level.loops)
        if (loop.axis == axis) product *= loop.factor;
    return product;
}

void check_fan_out(const StorageLevel& level, const LevelMapping& mapping, std::vector<std::string>& wrong) {
    const auto rows = fan_out(mapping, LoopAxis::rows), cols = fan_out(mapping, LoopAxis::cols);
    if (rows > level.fanout_rows)
        wrong.push_back(fmt::format("{}: {} rows are used, there are {}", level.name, rows, level.fanout_rows));
    if (cols > level.fanout_cols)
        wrong.push_back(fmt::format("{}: {} columns are used, there are {}", level.name, cols, level.fanout_cols));
}

void check_factors(const LoopNest& nest, const Mapping& mapping, std::vector<std::string>& wrong) {
    std::vector<std::uint64_t> product(nest.dims.size(), 1);
    for (const auto& level : mapping.levels)
        for (const auto& loop : level.loops) {
            if (loop.dim < product.size()) product[loop.dim] *= loop.factor;
            if (loop.dim >= product.size()) wrong.push_back(fmt::format("there is no dimension {}", loop.dim));
            if (loop.factor == 0) wrong.emplace_back("a factor is 0");
        }
    for (std::size_t d = 0; d < product.size(); ++d)
        if (product[d] < nest.dims[d].size)
            wrong.push_back(fmt::format("{}: the factors multiply to {}, the dimension has {}", nest.dims[d].name,
                                        product[d], nest.dims[d].size));
}

void check_capacity(const StorageLevel& level, const std::array<LevelCounts, 3>& counts,
                    const std::array<unsigned, 3>& operand_bits, std::vector<std::string>& wrong) {
    std::uint64_t bits = 0;
    for (const auto o : operands) {
        const auto i = static_cast<std::size_t>(o);
        bits += counts[i].tile_words * operand_bits[i];
        if (level.capacity_words[i] != 0 && counts[i].tile_words > level.capacity_words[i])
            wrong.push_back(fmt::format("{}: a tile of {} {} does not fit {} words", level.name, counts[i].tile_words,
                                        name(o), level.capacity_words[i]));
    }
    if (level.shared_bits != 0 && bits > level.shared_bits)
        wrong.push_back(fmt::format("{}: tiles of {} bits do not fit {} bits", level.name, bits, level.shared_bits));
}

}  // namespace

AccessCounts count_accesses(const LoopNest& nest, const Hierarchy& hierarchy, const Mapping& mapping) {
    return NestCounter(nest, hierarchy).count(mapping);
}

std::uint64_t steady_cycles(const Hierarchy& hierarchy, const AccessCounts& counts) {
    auto cycles = counts.compute_cycles;
    for (std::size_t l = 0; l < hierarchy.levels.size(); ++l)
        cycles = std::max(cycles, level_cycles(hierarchy.levels[l], counts.levels[l]));
    return cycles;
}

core::Joules access_energy(const LoopNest& nest, const Hierarchy& hierarchy, const AccessCounts& counts) {
    auto energy = hierarchy.mac_energy * core::Words(nest.macs());
    for (std::size_t l = 0; l < hierarchy.levels.size(); ++l)
        for (std::size_t o = 0; o < operands.size(); ++o) {
            const auto& c = counts.levels[l][o];
            energy += hierarchy.levels[l].read_energy[o] * core::Words(c.reads);
            energy += hierarchy.levels[l].write_energy[o] * core::Words(c.fills + c.updates);
        }
    return energy;
}

std::vector<std::string> why_invalid(const LoopNest& nest, const Hierarchy& hierarchy, const Mapping& mapping,
                                     const std::array<unsigned, 3>& operand_bits) {
    std::vector<std::string> wrong;
    if (mapping.levels.size() != hierarchy.levels.size())
        return {
            fmt::format("the mapping has {} levels, the hierarchy {}", mapping.levels.size(), hierarchy.levels.size())};
    check_factors(nest, mapping, wrong);
    if (!wrong.empty()) return wrong;
    for (const auto& [level, why] : idle_loops(nest, mapping))
        wrong.push_back(fmt::format("{}: {}", hierarchy.levels[level].name, why));
    if (!wrong.empty()) return wrong;
    const auto counts = count_accesses(nest, hierarchy, mapping);
    for (std::size_t l = 0; l < hierarchy.levels.size(); ++l) {
        check_fan_out(hierarchy.levels[l], mapping.levels[l], wrong);
        check_capacity(hierarchy.levels[l], counts.levels[l], operand_bits, wrong);
    }
    return wrong;
}

}  // namespace dyad::models
