// SPDX-License-Identifier: Apache-2.0
#include "models/exact/space.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace dyad::models::exact {
namespace {

using hw_space::MappingConstraint;

class Reader {
public:
    Reader(Space& space, core::Errors& errors) : space_(space), errors_(errors) {}

    void read(const MappingConstraint& constraint) {
        const auto& levels = space_.hierarchy.levels;
        const auto found = std::ranges::find(levels, constraint.level, &StorageLevel::name);
        if (found == levels.end()) return;
        auto& level = space_.levels[static_cast<std::size_t>(found - levels.begin())];
        for (const auto operand : operands) {
            const auto at = static_cast<std::size_t>(operand);
            const auto in = [&](const auto& list) { return std::ranges::find(list, name(operand)) != list.end(); };
            level.keeps[at] = level.keeps[at] && !in(constraint.bypass);
            level.open[at] = level.open[at] && !in(constraint.bypass) && !in(constraint.keep);
        }
        if (constraint.kind != MappingConstraint::Kind::keeps) read_loops(constraint, level);
    }

private:
    std::size_t dim(const MappingConstraint& constraint, const std::string& name) {
        if (const auto found = space_.nest.dim(name)) return *found;
        errors_.add(fmt::format("constraint of {}: there is no dimension '{}'", constraint.level, name));
        return 0;
    }

    void read_loops(const MappingConstraint& constraint, LevelSpace& level) {
        const bool temporal = constraint.kind == MappingConstraint::Kind::temporal;
        for (const auto& [name, factor] : constraint.factors)
            (temporal ? level.time : level.space)[dim(constraint, name)] = factor;
        if (temporal)
            for (const auto& name : constraint.order) level.order.push_back(dim(constraint, name));
        if (temporal || !constraint.columns) return;
        level.columns.emplace(space_.nest.dims.size());
        for (const auto& name : *constraint.columns) (*level.columns)[dim(constraint, name)] = true;
    }

    Space& space_;
    core::Errors& errors_;
};

}  // namespace

Space make_space(const LoopNest& nest, const hw_space::ExplicitHierarchy& given, Hierarchy levels) {
    core::Errors errors;
    const auto bits = given.multiplier_bits;
    Space space{nest, std::move(levels), {bits, bits, bits}, {}};
    space.levels.resize(space.hierarchy.levels.size());
    if (nest.dims.size() > most_dims || space.levels.size() > most_levels)
        throw core::Error(fmt::format("{} dimensions on {} levels cannot be searched: at most {} on {}",
                                      nest.dims.size(), space.levels.size(), most_dims, most_levels));
    for (std::size_t l = 1; l < space.levels.size(); ++l) space.levels[l].open = {true, true, true};
    Reader reader(space, errors);
    for (const auto& constraint : given.constraints) reader.read(constraint);
    errors.throw_if_any();
    return space;
}

namespace {

LoopNest reduced_nest(const LoopNest& nest, const std::vector<std::size_t>& dims) {
    const auto place = [&](std::size_t dim) { return std::ranges::find(dims, dim) - dims.begin(); };
    LoopNest result;
    for (const auto d : dims) result.dims.push_back(nest.dims[d]);
    for (std::size_t o = 0; o < nest.projections.size(); ++o)
        for (const auto& axis : nest.projections[o]) {
            Axis kept;
            for (const auto& term : axis)
                if (place(term.dim) < std::ssize(dims))
                    kept.push_back({static_cast<std::size_t>(place(term.dim)), term.coefficient});
            if (!kept.empty()) result.projections[o].push_back(std::move(kept));
        }
    return result;
}

LevelSpace reduced_level(const LevelSpace& level, const std::vector<std::size_t>& dims) {
    LevelSpace result{level.keeps, level.open, {}, {}, {}, {}};
    for (std::size_t d = 0; d < dims.size(); ++d) {
        result.time[d] = level.time[dims[d]];
        result.space[d] = level.space[dims[d]];
    }
    for (const auto dim : level.order)
        if (const auto at = std::ranges::find(dims, dim); at != dims.end())
            result.order.push_back(static_cast<std::size_t>(at - dims.begin()));
    if (!level.columns) return result;
    result.columns.emplace();
    for (const auto dim : dims) result.columns->push_back((*level.columns)[dim]);
    return result;
}

}  // namespace

std::optional<Reduced> reduce(const Space& space) {
    for (std::size_t l = 0; l < space.levels.size(); ++l)
        for (const auto factor : space.levels[l].space)
            if (factor > space.hierarchy.levels[l].fanout_rows * space.hierarchy.levels[l].fanout_cols)
                return std::nullopt;
    Reduced result{{{}, space.hierarchy, space.bits, {}}, {}};
    for (std::size_t d = 0; d < space.nest.dims.size(); ++d) {
        if (space.nest.dims[d].size > 1) result.dims.push_back(d);
        for (const auto& level : space.levels)
            if (space.nest.dims[d].size == 1 && (level.time[d] > 1 || level.space[d] > 1)) return std::nullopt;
    }
    result.space.nest = reduced_nest(space.nest, result.dims);
    for (const auto& level : space.levels) result.space.levels.push_back(reduced_level(level, result.dims));
    return result;
}

Mapping Reduced::restore(Mapping mapping) const {
    for (auto& level : mapping.levels)
        for (auto& loop : level.loops) loop.dim = dims[loop.dim];
    return mapping;
}

Tiling no_loops() {
    Tiling tiling;
    for (auto& level : tiling.time) level.fill(1);
    for (auto& level : tiling.space) level.fill(1);
    return tiling;
}

std::optional<std::uint32_t> columns_of(const Space& space, std::size_t level, const Factors& factors) {
    const auto& fan_out = space.hierarchy.levels[level];
    const auto& given = space.levels[level].columns;
    const auto dims = space.nest.dims.size();
    std::uint32_t spatial = 0, columns = 0;
    for (std::size_t d = 0; d < dims; ++d) {
        if (factors[d] == 1) continue;
        spatial |= std::uint32_t{1} << d;
        if (given && (*given)[d]) columns |= std::uint32_t{1} << d;
    }
    // All subsets of the spatial dimensions, the whole set first.
    for (auto set = given ? columns : spatial;; set = (set - 1) & spatial) {
        std::uint64_t rows = 1, cols = 1;
        for (std::size_t d = 0; d < dims; ++d) (set >> d & 1 ? cols : rows) *= factors[d];
        if (rows <= fan_out.fanout_rows && cols <= fan_out.fanout_cols) return set;
        if (given || set == 0) return std::nullopt;
    }
}

Mapping to_mapping(const Space& space, const Tiling& tiling, const Orders& orders) {
    Mapping mapping;
    for (std::size_t l = 0; l < space.levels.size(); ++l) {
        LevelMapping level{{}, space.levels[l].keeps};
        for (auto i = orders[l]->count; i-- > 0;)
            if (const auto d = orders[l]->dims[i]; tiling.time[l][d] > 1)
                level.loops.push_back({d, tiling.time[l][d], LoopAxis::temporal});
        const auto columns = columns_of(space, l, tiling.space[l]).value_or(0);
        for (std::size_t d = 0; d < space.nest.dims.size(); ++d)
            if (const auto factor = tiling.space[l][d]; factor > 1)
                level.loops.push_back({d, factor, columns >> d & 1 ? LoopAxis::cols : LoopAxis::rows});
        mapping.levels.push_back(std::move(level));
    }
    return mapping;
}

}  // namespace dyad::models::exact
