// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/nest_mapping.hpp"

#include <algorithm>

#include "models/mapper/given_array.hpp"

namespace dyad::models::mapper {
namespace {

using core::ceil_div;

/// The loops of the level above the array: folds outside, then the stream, then what lies side by side.
class ArrayLoops {
public:
    ArrayLoops(const Problem& problem, const NestByRole& nest, const Extents& tile) : left_(tile) {
        for (const auto role : roles) lay_out(problem.engine.walk[index(role)], nest.dims[index(role)]);
        for (const auto role : roles)
            if (!problem.engine.walk[index(role)].streamed) add_temporal(nest.dims[index(role)]);
        for (const auto role : roles)
            if (problem.engine.walk[index(role)].streamed) add_temporal(nest.dims[index(role)]);
    }

    [[nodiscard]] std::vector<Loop> take() {
        std::ranges::stable_sort(spatial_, {}, &Loop::axis);
        loops_.insert(loops_.end(), spatial_.begin(), spatial_.end());
        return std::move(loops_);
    }

private:
    void spread(std::size_t dim, std::uint64_t factor, LoopAxis axis) {
        factor = std::min(factor, left_[dim]);
        if (factor == 1) return;
        spatial_.push_back({dim, factor, axis});
        left_[dim] = ceil_div(left_[dim], factor);
    }

    /// Given factors first; of the rest as many of the last dimensions as there is room for.
    void lay_out(const Walk& walk, const std::vector<std::size_t>& dims) {
        for (const auto d : dims) {
            if (walk.unroll.empty()) break;
            spread(d, walk.on_rows[d], LoopAxis::rows);
            spread(d, walk.unroll[d] / walk.on_rows[d], LoopAxis::cols);
        }
        const auto order = fewest_folds(walk.side, dims);
        auto room = walk.side;
        for (std::size_t d = 0; d < order.size() && room > 1; ++d) {
            const auto all = left_[order[d]];
            spread(order[d], room, walk.axis);
            room = left_[order[d]] == 1 ? room / all : 1;
        }
    }

    /// The dimensions, rotated so that filling the axis with the first, then the next, leaves least to be done.
    [[nodiscard]] std::vector<std::size_t> fewest_folds(std::uint64_t side, std::vector<std::size_t> dims) const {
        std::ranges::reverse(dims);
        auto best = dims;
        for (std::size_t turn = 1; turn < dims.size(); ++turn) {
            std::ranges::rotate(dims, dims.begin() + 1);
            if (folds(side, dims) < folds(side, best)) best = dims;
        }
        return best;
    }
    [[nodiscard]] std::uint64_t folds(std::uint64_t room, const std::vector<std::size_t>& dims) const {
        std::uint64_t product = 1;
        for (const auto d : dims) {
            const auto factor = std::min(room, left_[d]);
            product *= ceil_div(left_[d], factor);
            room = factor == left_[d] ? room / factor : 1;
        }
        return product;
    }

    void add_temporal(const std::vector<std::size_t>& dims) {
        for (const auto d : dims)
            if (left_[d] > 1) loops_.push_back({d, left_[d], LoopAxis::temporal});
    }

    Extents left_;  ///< what is still to be done one after another
    std::vector<Loop> loops_, spatial_;
};

Hierarchy levels_of(const Problem& problem) {
    Hierarchy hierarchy;
    hierarchy.levels.resize(problem.buffers.size() + 2);
    for (std::size_t b = 0; b < problem.buffers.size(); ++b) hierarchy.levels[b + 1].keeps = problem.buffers[b].keeps;
    hierarchy.levels.back().keeps = problem.engine.registers;
    return hierarchy;
}

bool equal(const LevelCounts& a, const LevelCounts& b) {
    return a.reads == b.reads && a.fills == b.fills && a.updates == b.updates;
}

/// At all levels but the registers.
bool equal(const AccessCounts& a, const AccessCounts& b) {
    for (std::size_t level = 0; level + 1 < a.levels.size(); ++level)
        for (const auto operand : operands)
            if (!equal(a.levels[level][index(operand)], b.levels[level][index(operand)])) return false;
    return true;
}

}  // namespace

std::optional<Mapping> nest_mapping(const Problem& problem, const NestByRole& nest, const Extents& tile,
                                    const std::vector<TileLoop>& loops, const AccessCounts& counts) {
    if (!problem.engine.reads_windows || problem.buffers.empty()) return std::nullopt;
    const auto hierarchy = levels_of(problem);
    Mapping mapping;
    for (const auto& level : hierarchy.levels) mapping.levels.push_back({{}, level.keeps});
    for (const auto& loop : loops) mapping.levels.front().loops.push_back({loop.dim, loop.trips, LoopAxis::temporal});
    auto inner = ArrayLoops(problem, nest, tile).take();
    auto& above_array = mapping.levels[problem.buffers.size()].loops;
    above_array.insert(above_array.end(), inner.begin(), inner.end());
    const auto again = loops_over_tiles(*problem.nest, mapping);
    if (!std::ranges::equal(again, loops, {}, &TileLoop::tile, &TileLoop::tile)) return std::nullopt;
    if (!equal(count_accesses(*problem.nest, hierarchy, mapping), counts)) return std::nullopt;
    return mapping;
}

}  // namespace dyad::models::mapper
