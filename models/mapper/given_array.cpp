// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/given_array.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/mapper/search.hpp"

namespace dyad::models::mapper {
namespace {

using hw_space::ArrayDataflow;
using hw_space::PeArray;

/// Checks the levels of one mapping.
class Checker {
public:
    Checker(const Problem& problem, const PeArray& array, const Mapping& mapping)
        : problem_(problem), array_(array), mapping_(mapping), nest_(*problem.nest), inner_(problem.buffers.size()) {}

    std::vector<LevelFault> run() {
        for (std::size_t l = 0; l < mapping_.levels.size(); ++l) check_kept(l);
        for (std::size_t l = 0; l < mapping_.levels.size(); ++l) check_place(l);
        check_tiles();
        for (const auto axis : {LoopAxis::rows, LoopAxis::cols}) check_axis(axis);
        check_stream();
        return std::move(faults_);
    }

private:
    void fail(std::size_t level, std::string why) { faults_.push_back({level, std::move(why)}); }
    [[nodiscard]] const std::string& dim(std::size_t d) const { return nest_.nest->dims[d].name; }

    /// What the chip keeps at a level is kept.
    void check_kept(std::size_t level) {
        if (level == 0) return;
        const auto& keeps = level <= inner_ ? problem_.buffers[level - 1].keeps : problem_.engine.registers;
        for (const auto operand : operands)
            if (keeps[index(operand)] && !mapping_.levels[level].keeps[index(operand)])
                fail(level, fmt::format("an engine's memories keep what the accelerator file says, here {} too",
                                        name(operand)));
    }

    /// Loops stand where the engine has them.
    void check_place(std::size_t level) {
        for (const auto& loop : mapping_.levels[level].loops) {
            if (loop.factor == 1 || level == inner_ || (level == 0 && loop.axis == LoopAxis::temporal)) continue;
            fail(level,
                 fmt::format("a loop over {}: tiles are cut at '{}', all buffers hold the same one, and '{}' has "
                             "the loops of the array",
                             dim(loop.dim), problem_.dram.name, problem_.buffers.back().name));
        }
    }

    void check_tiles() {
        double tiles = 1;
        std::vector<bool> seen(nest_.size.size());
        for (const auto& loop : mapping_.levels.front().loops) {
            if (loop.factor == 1) continue;
            tiles *= static_cast<double>(loop.factor);
            if (seen[loop.dim]) fail(0, fmt::format("two loops over tiles of {}", dim(loop.dim)));
            seen[loop.dim] = true;
            if (auto why = why_never_cut(nest_, loop.dim); !why.empty()) fail(0, std::move(why));
        }
        if (tiles > static_cast<double>(most_tiles))
            fail(0, fmt::format("{:g} tiles, expected at most {}", tiles, most_tiles));
    }

    /// Whether a dimension may lie on an axis: by its role or, where the file fixes them, by its name.
    [[nodiscard]] bool allowed(std::size_t d, LoopAxis axis) const {
        const auto& given = axis == LoopAxis::rows ? array_.row_dims : array_.col_dims;
        if (array_.dataflow == ArrayDataflow::spatial) return std::ranges::find(given, dim(d)) != given.end();
        return problem_.engine.walk[index(nest_.role[d])].axis == axis;
    }

    void check_axis(LoopAxis axis) {
        const bool rows = axis == LoopAxis::rows;
        const auto* what = rows ? "rows" : "columns";
        std::uint64_t used = 1;
        std::vector<std::string> may;
        for (std::size_t d = 0; d < nest_.size.size(); ++d)
            if (allowed(d, axis)) may.push_back(dim(d));
        for (const auto& loop : mapping_.levels[inner_].loops) {
            if (loop.axis != axis || loop.factor == 1) continue;
            used *= loop.factor;
            if (!allowed(loop.dim, axis))
                fail(inner_, fmt::format("{} on the {} of '{}', which are for {}", dim(loop.dim), what, array_.name,
                                         fmt::join(may, ", ")));
        }
        if (const auto all = rows ? array_.rows : array_.cols; used > all)
            fail(inner_, fmt::format("{} {} are used, there are {}", used, what, all));
    }

    [[nodiscard]] bool streamed(std::size_t d) const { return problem_.engine.walk[index(nest_.role[d])].streamed; }

    void check_stream() {
        const Loop* stream = nullptr;
        for (const auto& loop : mapping_.levels[inner_].loops) {
            if (loop.axis != LoopAxis::temporal || loop.factor == 1) continue;
            if (streamed(loop.dim)) stream = &loop;
            if (!stream || streamed(loop.dim)) continue;
            fail(inner_, fmt::format("{} streams past what '{}' holds: its loop stands inside that of {}",
                                     dim(stream->dim), array_.name, dim(loop.dim)));
        }
    }

    const Problem& problem_;
    const PeArray& array_;
    const Mapping& mapping_;
    const NestByRole nest_;
    const std::size_t inner_;  ///< level of the innermost buffer
    std::vector<LevelFault> faults_;
};

}  // namespace

bool takes_loops(const hw_space::Engine& engine, const Problem& problem) {
    const auto* array = std::get_if<PeArray>(&engine);
    return array != nullptr && array->dataflow != ArrayDataflow::row_stationary && !problem.buffers.empty();
}

std::vector<LevelFault> array_faults(const Problem& problem, const PeArray& array, const Mapping& mapping) {
    return Checker(problem, array, mapping).run();
}

Problem laid_out(Problem problem, const Mapping& mapping) {
    const Extents ones(problem.nest->dims.size(), 1);
    auto all = ones, on_rows = ones;
    for (const auto& loop : mapping.levels[problem.buffers.size()].loops) {
        if (loop.axis == LoopAxis::temporal) continue;
        all[loop.dim] *= loop.factor;
        if (loop.axis == LoopAxis::rows) on_rows[loop.dim] *= loop.factor;
    }
    for (auto& walk : problem.engine.walk) {
        walk.side = 1;
        walk.unroll = all;
        walk.on_rows = on_rows;
    }
    return problem;
}

std::vector<TileLoop> loops_over_tiles(const LoopNest& nest, const Mapping& mapping) {
    Extents tile(nest.dims.size(), 1);
    for (std::size_t l = 1; l < mapping.levels.size(); ++l)
        for (const auto& loop : mapping.levels[l].loops) tile[loop.dim] *= loop.factor;
    std::vector<TileLoop> loops;
    for (const auto& loop : mapping.levels.front().loops)
        if (loop.factor > 1) loops.push_back({loop.dim, tile[loop.dim], loop.factor});
    return loops;
}

std::string why_never_cut(const NestByRole& nest, std::size_t dim) {
    if (!nest.whole[dim]) return "";
    return fmt::format("{} is never cut into tiles: its window slides over the inputs", nest.nest->dims[dim].name);
}

}  // namespace dyad::models::mapper
