// SPDX-License-Identifier: Apache-2.0
#include "models/mapping_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/value.hpp"
#include "models/compression.hpp"

namespace dyad::models {

namespace {

constexpr std::int64_t largest_factor = std::int64_t{1} << 40;
constexpr std::pair<const char*, LoopAxis> loop_keys[] = {
    {"loops", LoopAxis::temporal}, {"rows", LoopAxis::rows}, {"cols", LoopAxis::cols}};

void parse_loops(const core::Value& list, LoopAxis axis, const LoopNest& nest, LevelMapping& level) {
    for (const auto& item : list.list()) {
        const auto [name, factor] = item.single();
        if (name.empty()) continue;
        const auto dim = nest.dim(name);
        if (!dim) item.fail("there is no dimension '" + core::shortened(name) + "'");
        const auto count = factor.integer(1, largest_factor);
        if (dim) level.loops.push_back({*dim, static_cast<std::uint64_t>(count), axis});
    }
}

std::array<bool, 3> parse_keeps(const core::Value& list, bool outermost) {
    std::array<bool, 3> keeps{};
    for (const auto& item : list.list())
        keeps[static_cast<std::size_t>(item.one_of<Operand>(
            {{"weights", Operand::weights}, {"inputs", Operand::inputs}, {"outputs", Operand::outputs}}))] = true;
    for (const auto operand : operands)
        if (outermost && !keeps[static_cast<std::size_t>(operand)]) list.fail(hw_space::outermost_keeps(name(operand)));
    return keeps;
}

/// Levels of the file by place in the hierarchy; nothing where the file does not name one.
using Seen = std::vector<std::optional<core::Value>>;

void parse_level(const core::Value& value, const LoopNest& nest, const std::vector<std::string>& levels,
                 Mapping& mapping, Seen& seen) {
    auto object = value.map();
    const auto name = object.require("level", "the name of a level");
    const auto found = std::ranges::find(levels, name.text());
    LevelMapping level;
    if (const auto keeps = object.find("keeps")) level.keeps = parse_keeps(*keeps, found == levels.begin());
    for (const auto& [key, axis] : loop_keys)
        if (const auto loops = object.find(key)) parse_loops(*loops, axis, nest, level);
    if (found == levels.end()) {
        name.fail("there is no level '" + core::shortened(name.text()) + "'" + core::did_you_mean(name.text(), levels));
        return;
    }
    const auto index = static_cast<std::size_t>(found - levels.begin());
    if (seen[index]) name.fail("level '" + name.text() + "' occurs twice");
    seen[index] = value;
    mapping.levels[index] = std::move(level);
}

/// No product of factors may leave 64 bits, or the counts would be wrong without notice.
void check_size(const core::Value& value, const Mapping& mapping, const LoopNest& nest) {
    long double steps = 1;
    for (const auto& level : mapping.levels)
        for (const auto& loop : level.loops) steps *= static_cast<long double>(loop.factor);
    if (steps > 0x1p62L) value.fail("the factors multiply to more than 2^62");
    for (std::size_t d = 0; d < nest.dims.size(); ++d) {
        std::uint64_t product = 1;
        for (const auto& level : mapping.levels)
            for (const auto& loop : level.loops)
                if (loop.dim == d) product *= loop.factor;
        if (product < nest.dims[d].size)
            value.fail(fmt::format("{}: the factors multiply to {}, the dimension has {}", nest.dims[d].name, product,
                                   nest.dims[d].size));
    }
}

std::string loops_text(const LevelMapping& level, LoopAxis axis, const LoopNest& nest) {
    std::vector<std::string> loops;
    for (const auto& loop : level.loops)
        if (loop.axis == axis) loops.push_back(fmt::format("{{{}: {}}}", nest.dims[loop.dim].name, loop.factor));
    return fmt::format("{}", fmt::join(loops, ", "));
}

double words_per_cycle(const StorageLevel& level, double own) {
    if (own == 0 || level.shared_words_per_cycle == 0) return std::max(own, level.shared_words_per_cycle);
    return std::min(own, level.shared_words_per_cycle);
}

std::uint64_t travel(std::uint64_t words, double rate) {
    return rate > 0 ? static_cast<std::uint64_t>(std::ceil(static_cast<double>(words) / rate)) : 0;
}

}  // namespace

std::optional<Mapping> parse_mapping(const core::Value& value, const LoopNest& nest,
                                     const std::vector<std::string>& levels) {
    const auto errors = value.errors().messages().size();
    std::optional<Mapping> mapping;
    {
        auto object = value.map();
        mapping = parse_levels(object.require("mapping", "a list of levels"), nest, levels);
    }
    return value.errors().messages().size() > errors ? std::nullopt : mapping;
}

std::optional<Mapping> parse_levels(const core::Value& list, const LoopNest& nest,
                                    const std::vector<std::string>& levels,
                                    const std::function<std::vector<LevelFault>(const Mapping&)>& check) {
    const auto before = list.errors().messages().size();
    const auto good = [&] { return list.errors().messages().size() == before; };
    Mapping mapping;
    mapping.levels.resize(levels.size());
    Seen seen(levels.size());
    const auto report = [&](const std::vector<LevelFault>& faults) {
        for (const auto& [level, why] : faults) seen[level].value_or(list).fail(why);
    };
    for (const auto& item : list.list()) parse_level(item, nest, levels, mapping, seen);
    if (good()) check_size(list, mapping, nest);
    if (good()) report(idle_loops(nest, mapping));
    if (good() && check) report(check(mapping));
    return good() ? std::optional(std::move(mapping)) : std::nullopt;
}

std::string mapping_yaml(const Mapping& mapping, const LoopNest& nest, const std::vector<std::string>& levels) {
    std::string text = "mapping:\n";
    for (std::size_t l = 0; l < levels.size(); ++l) {
        std::vector<const char*> keeps;
        for (const auto operand : operands)
            if (mapping.levels[l].keeps[static_cast<std::size_t>(operand)]) keeps.push_back(name(operand));
        text += fmt::format("  - {{level: {}, keeps: [{}]", levels[l], fmt::join(keeps, ", "));
        for (const auto& [key, axis] : loop_keys)
            if (const auto loops = loops_text(mapping.levels[l], axis, nest); !loops.empty())
                text += fmt::format(", {}: [{}]", key, loops);
        text += "}\n";
    }
    return text;
}

Hierarchy storage_levels(const hw_space::ExplicitHierarchy& given) {
    Hierarchy all;
    all.mac_energy = given.multiply_energy;
    for (std::size_t l = 0; l < given.levels.size(); ++l) {
        const auto& from = given.levels[l];
        const bool last = l + 1 == given.levels.size();
        const auto children = last ? given.multipliers : given.levels[l + 1].instances;
        const auto child_columns = last ? given.multiplier_columns : given.levels[l + 1].columns;
        StorageLevel level;
        level.name = from.name;
        level.shared_bits = from.capacity.count() * given.multiplier_bits;  // any word takes the room of one
        level.fanout_cols = child_columns / from.columns;
        level.fanout_rows = children / from.instances / level.fanout_cols;
        level.read_words_per_cycle = from.read_rate;
        level.write_words_per_cycle = from.write_rate;
        level.shared_words_per_cycle = from.shared_rate;
        level.read_energy.fill(from.read_energy);
        level.write_energy.fill(from.write_energy);
        all.levels.push_back(std::move(level));
    }
    return all;
}

Hierarchy storage_levels(const hw_space::ExplicitHierarchy& given, const Kernel& kernel) {
    auto all = storage_levels(given);
    const auto active = activity(given.gating, kernel);
    all.mac_energy = active.macs * all.mac_energy;
    for (std::size_t l = 0; l < given.levels.size(); ++l) {
        const auto stored = stored_fractions(given.levels[l].compression, kernel);
        const bool own = l > 0 && given.levels[l].instances == given.multipliers;
        for (const auto operand : operands) {
            const auto at = static_cast<std::size_t>(operand);
            const auto moved = (operand == Operand::outputs ? 1 : stored[at]) * (own ? active.registers[at] : 1);
            for (auto* energy : {&all.levels[l].read_energy, &all.levels[l].write_energy})
                (*energy)[at] = moved * (*energy)[at];
        }
    }
    return all;
}

std::uint64_t fill_and_drain_cycles(const Hierarchy& hierarchy, const AccessCounts& counts) {
    constexpr auto none = static_cast<std::size_t>(-1);
    std::uint64_t cycles = 0;
    for (std::size_t o = 0; o < operands.size(); ++o) {
        auto parent = none;
        for (std::size_t l = 0; l < hierarchy.levels.size(); ++l) {
            const auto& c = counts.levels[l][o];
            if (c.instances == 0) continue;
            const auto outer = std::exchange(parent, l);
            if (outer == none) continue;
            const auto& from = hierarchy.levels[outer];
            const auto& sent = counts.levels[outer][o];
            const bool out = o == static_cast<std::size_t>(Operand::outputs);
            cycles += travel(core::ceil_div(c.tile_words * (c.instances / sent.instances), sent.multicast),
                             words_per_cycle(from, out ? from.write_words_per_cycle : from.read_words_per_cycle));
        }
    }
    return cycles;
}

}  // namespace dyad::models
