// SPDX-License-Identifier: Apache-2.0
#include "hw_space/hierarchy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hw_space/parse.hpp"

namespace dyad::hw_space {
namespace {

using core::Joules, core::Words;

constexpr std::int64_t most_instances = 1 << 24;
constexpr Joules most_energy{1e-3};
constexpr Words most_words{std::uint64_t{1} << 50};

double optional_rate(core::Object& object, const std::string& key) {
    const auto value = object.find(key);
    return value ? value->number(1e-6, 1e9) : 0;
}

void parse_array(core::Object& object, std::uint64_t& instances, std::uint64_t& columns) {
    instances = optional_count(object, "instances", 1, 1, most_instances);
    columns = optional_count(object, "columns", instances, 1, most_instances);
    if (instances % columns != 0)
        object.fail(fmt::format("{} instances do not fill {} columns evenly", instances, columns));
}

MemoryLevel parse_level(const core::Value& value) {
    MemoryLevel level;
    auto object = value.map();
    level.name = parse_name(object, "");
    if (level.name.empty()) (void)object.require("name", "the name of the level");
    parse_array(object, level.instances, level.columns);
    level.capacity = optional_quantity(object, "capacity", Words(0), Words(1), most_words);
    level.word_bits = static_cast<unsigned>(required_count(object, "word_bits", 1, 1024));
    level.read_rate = optional_rate(object, "read_rate");
    level.write_rate = optional_rate(object, "write_rate");
    level.shared_rate = optional_rate(object, "shared_rate");
    level.read_energy = required_quantity(object, "read_energy", Joules(0), most_energy);
    level.write_energy = required_quantity(object, "write_energy", Joules(0), most_energy);
    level.compression = parse_compression(object);
    return level;
}

/// Names of dimensions, each once.
std::vector<std::string> different(const core::Value& list) {
    std::vector<std::string> all;
    for (const auto& item : list.list()) {
        if (std::ranges::find(all, item.text()) != all.end())
            item.fail(fmt::format("dimension {} occurs twice", core::shortened(item.text())));
        all.push_back(item.text());
    }
    return all;
}

std::vector<std::string> tensors(core::Object& object, const std::string& key) {
    std::vector<std::string> all;
    if (const auto list = object.find(key))
        for (const auto& item : list->list())
            all.emplace_back(
                item.one_of<const char*>({{"weights", "weights"}, {"inputs", "inputs"}, {"outputs", "outputs"}}));
    return all;
}

MappingConstraint parse_constraint(const core::Value& value, const std::vector<MemoryLevel>& levels) {
    using Kind = MappingConstraint::Kind;
    MappingConstraint constraint;
    auto object = value.map();
    const auto level = object.require("level", "the name of a level");
    constraint.level = level.text();
    if (std::ranges::find(levels, constraint.level, &MemoryLevel::name) == levels.end())
        level.fail("there is no level '" + core::shortened(constraint.level) + "'");
    constraint.keep = tensors(object, "keep");
    constraint.bypass = tensors(object, "bypass");
    const bool outermost = !levels.empty() && levels.front().name == constraint.level;
    for (const auto& fault : bypass_faults(constraint, outermost)) value.fail(fault);
    for (const auto& [key, kind] : {std::pair{"temporal", Kind::temporal}, std::pair{"spatial", Kind::spatial}}) {
        const auto factors = object.find(key);
        if (!factors) continue;
        constraint.kind = kind;
        auto given = factors->map();
        for (const auto& [dim, factor] : given.entries())
            constraint.factors.emplace_back(dim, static_cast<std::uint64_t>(factor.integer(0, 1LL << 40)));
    }
    if (const auto order = object.find("order")) constraint.order = different(*order);
    if (const auto columns = object.find("columns")) constraint.columns = different(*columns);
    return constraint;
}

/// Each instance of a level serves whole instances of the next.
void check_fan_out(const core::Value& value, std::uint64_t outer, std::uint64_t inner, std::uint64_t outer_columns,
                   std::uint64_t inner_columns) {
    if (inner % outer != 0 || inner_columns % outer_columns != 0 ||
        (inner / inner_columns) % (outer / outer_columns) != 0)
        value.fail(
            fmt::format("{} instances in {} columns cannot be shared out among {} in {} columns of the level outside",
                        inner, inner_columns, outer, outer_columns));
}

}  // namespace

std::string outermost_keeps(const std::string& tensor) {
    return "the outermost level keeps every tensor, also " + tensor;
}

std::vector<std::string> bypass_faults(const MappingConstraint& constraint, bool outermost) {
    std::vector<std::string> faults;
    for (const auto& tensor : constraint.bypass) {
        if (std::ranges::find(constraint.keep, tensor) != constraint.keep.end())
            faults.push_back(tensor + " cannot be both kept and bypassed");
        if (outermost) faults.push_back(outermost_keeps(tensor));
    }
    return faults;
}

std::optional<ExplicitHierarchy> parse_hierarchy(const core::Value& levels, const core::Value& multiplier,
                                                 const std::optional<core::Value>& constraints) {
    const auto errors = levels.errors().messages().size();
    ExplicitHierarchy all;
    const auto items = levels.list();
    for (const auto& item : items) all.levels.push_back(parse_level(item));
    if (levels.is_list() && items.empty()) levels.fail("expected at least one level");
    auto object = multiplier.map();
    parse_array(object, all.multipliers, all.multiplier_columns);
    all.multiplier_bits = static_cast<unsigned>(required_count(object, "bits", 1, 128));
    all.multiply_energy = required_quantity(object, "energy", Joules(0), most_energy);
    all.gating = parse_gating(object);
    if (constraints)
        for (const auto& item : constraints->list()) all.constraints.push_back(parse_constraint(item, all.levels));
    if (levels.errors().messages().size() > errors) return std::nullopt;
    for (std::size_t l = 1; l < all.levels.size(); ++l)
        check_fan_out(items[l], all.levels[l - 1].instances, all.levels[l].instances, all.levels[l - 1].columns,
                      all.levels[l].columns);
    const auto& last = all.levels.back();
    check_fan_out(multiplier, last.instances, all.multipliers, last.columns, all.multiplier_columns);
    if (levels.errors().messages().size() > errors) return std::nullopt;
    return all;
}

}  // namespace dyad::hw_space
