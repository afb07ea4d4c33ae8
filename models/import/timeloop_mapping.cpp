// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "models/import/timeloop_reader.hpp"
#include "models/nest/idle.hpp"

namespace dyad::models::timeloop {

namespace {

using hw_space::MappingConstraint;
using Kind = MappingConstraint::Kind;

std::vector<std::string> tensors(const std::optional<Foreign>& list, const Problem& problem) {
    std::vector<std::string> all;
    if (!list) return all;
    for (const auto& item : list->items()) {
        const auto known = std::ranges::find(problem.tensors, item.text(), [](const auto& t) { return t.first; });
        if (known == problem.tensors.end())
            item.fail("there is no data space '" + core::shortened(item.text()) + "'");
        else
            all.emplace_back(name(known->second));
    }
    return all;
}

/// Dimensions that are there, each once.
void check_dims(const Foreign& value, const std::vector<std::string>& dims, const Problem& problem) {
    for (auto dim = dims.begin(); dim != dims.end(); ++dim) {
        if (!problem.nest.dim(*dim)) value.fail("there is no dimension '" + core::shortened(*dim) + "'");
        if (std::find(dims.begin(), dim, *dim) != dim)
            value.fail("dimension " + core::shortened(*dim) + " occurs twice");
    }
}

std::vector<std::string> names(const Factors& factors) {
    std::vector<std::string> all;
    for (const auto& [dim, factor] : factors) all.push_back(dim);
    return all;
}

void check_bypass(const Foreign& value, const MappingConstraint& target, const Architecture& architecture) {
    const bool outermost = target.level == architecture.hierarchy.levels.front().name;
    for (const auto& fault : hw_space::bypass_faults(target, outermost)) value.fail(fault);
}

std::string level_name(const Foreign& value, const Architecture& architecture) {
    auto text = value.text();
    if (const auto dot = text.rfind('.'); dot != std::string::npos) text = text.substr(dot + 1);
    text = text.substr(0, text.find('['));
    const auto& levels = architecture.hierarchy.levels;
    if (std::ranges::find(levels, text, &hw_space::MemoryLevel::name) == levels.end())
        value.fail("there is no memory '" + core::shortened(text) + "'");
    return text;
}

void read_loops(const Foreign& value, const Problem& problem, MappingConstraint& target) {
    if (const auto factors = value.find("factors")) {
        target.factors = read_factors(*factors);
        check_dims(*factors, names(target.factors), problem);
    }
    if (const auto order = value.find("permutation")) {
        target.order = read_permutation(*order);
        check_dims(*order, target.order, problem);
    }
    if (const auto split = value.find("split"); split && target.kind == Kind::spatial) {
        const auto columns = std::min<std::uint64_t>(split->count(0), target.order.size());
        target.columns.emplace(target.order.begin(), target.order.begin() + static_cast<std::ptrdiff_t>(columns));
    }
}

std::optional<MappingConstraint> read_target(const Foreign& value, const Architecture& architecture,
                                             const Problem& problem) {
    const auto level = value.find_any({"target", "name"});
    const auto type = value.find("type");
    if (!level || !type) return value.fail("expected an entry with target and type"), std::nullopt;
    MappingConstraint target;
    target.level = level_name(*level, architecture);
    const auto kind = lower(type->text());
    if (kind == "bypass" || kind == "datatype" || kind == "dataspace") {
        target.keep = tensors(value.find("keep"), problem);
        target.bypass = tensors(value.find("bypass"), problem);
        check_bypass(value, target, architecture);
    } else if (kind == "temporal" || kind == "spatial") {
        target.kind = kind == "temporal" ? Kind::temporal : Kind::spatial;
        read_loops(value, problem, target);
    } else {
        type->fail("expected temporal, spatial or bypass, got '" + core::shortened(type->text()) + "'");
    }
    return target;
}

/// Dimensions from the innermost: first those of the permutation, then the rest.
std::vector<std::string> whole_order(const MappingConstraint& target, const LoopNest& nest) {
    auto order = target.order;
    for (const auto& dim : nest.dims)
        if (std::ranges::find(order, dim.name) == order.end()) order.push_back(dim.name);
    std::ranges::reverse(order);
    return order;
}

LoopAxis axis_of(const MappingConstraint& target, const std::string& dim) {
    if (target.kind == Kind::temporal) return LoopAxis::temporal;
    if (!target.columns || std::ranges::find(*target.columns, dim) != target.columns->end()) return LoopAxis::cols;
    return LoopAxis::rows;
}

void add_loops(const MappingConstraint& target, const LoopNest& nest, LevelMapping& level) {
    std::vector<Loop> loops;
    for (const auto& dim : whole_order(target, nest))
        for (const auto& [name, factor] : target.factors)
            if (name == dim && factor > 1) loops.push_back({nest.dim(dim).value(), factor, axis_of(target, dim)});
    level.loops.insert(target.kind == Kind::temporal ? level.loops.begin() : level.loops.end(), loops.begin(),
                       loops.end());
}

/// A factor of 0 stands for what the other factors of its dimension leave.
void fill_in(std::vector<MappingConstraint>& targets, const LoopNest& nest) {
    for (const auto& dim : nest.dims) {
        std::uint64_t given = 1;
        std::uint64_t* open = nullptr;
        for (auto& target : targets)
            for (auto& [name, factor] : target.factors) {
                if (name != dim.name) continue;
                if (factor == 0)
                    open = &factor;
                else if (__builtin_mul_overflow(given, factor, &given))
                    given = dim.size;
            }
        if (open != nullptr) *open = core::ceil_div(dim.size, std::min(given, dim.size));
    }
}

void check_sizes(const Foreign& value, const Mapping& mapping, const LoopNest& nest, const Architecture& architecture) {
    for (std::size_t d = 0; d < nest.dims.size(); ++d) {
        std::uint64_t product = 1;
        for (const auto& level : mapping.levels)
            for (const auto& loop : level.loops)
                if (loop.dim == d && __builtin_mul_overflow(product, loop.factor, &product)) product = 0;
        if (product < nest.dims[d].size)
            value.fail(fmt::format("{}: the factors multiply to {}, the dimension has {}", nest.dims[d].name, product,
                                   nest.dims[d].size));
    }
    const auto& levels = architecture.hierarchy.levels;
    for (const auto& [level, why] : idle_loops(nest, mapping)) value.fail(levels[level].name + ": " + why);
}

}  // namespace

std::vector<MappingConstraint> read_targets(const Foreign& value, const Architecture& architecture,
                                            const Problem& problem) {
    std::vector<MappingConstraint> all;
    const auto targets = value.find("targets");
    for (const auto& item : (targets ? *targets : value).items())
        if (auto target = read_target(item, architecture, problem)) all.push_back(std::move(*target));
    return all;
}

Mapping to_mapping(const Foreign& value, std::vector<MappingConstraint> targets, const Architecture& architecture,
                   const Problem& problem) {
    Mapping mapping;
    const auto& levels = architecture.hierarchy.levels;
    mapping.levels.resize(levels.size());
    fill_in(targets, problem.nest);
    for (const auto& target : targets) {
        const auto found = std::ranges::find(levels, target.level, &hw_space::MemoryLevel::name);
        if (found == levels.end()) continue;
        auto& level = mapping.levels[static_cast<std::size_t>(found - levels.begin())];
        for (const auto operand : operands)
            if (std::ranges::find(target.bypass, name(operand)) != target.bypass.end())
                level.keeps[static_cast<std::size_t>(operand)] = false;
        if (target.kind != Kind::keeps &&
            std::ranges::all_of(target.factors, [&](const auto& f) { return problem.nest.dim(f.first).has_value(); }))
            add_loops(target, problem.nest, level);
    }
    check_sizes(value, mapping, problem.nest, architecture);
    return mapping;
}

}  // namespace dyad::models::timeloop
