// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "models/mapping.hpp"

namespace dyad::models {

/// Counts the accesses of many mappings of one nest onto one hierarchy (cost_model.md section 3) without allocating
/// after the first. Not thread-safe: one per thread.
///
/// What a level must be sent is the box its tile projects to, minus what it still holds from the step before:
///  - as long as only loops that the operand does not depend on advance, the box is the same and costs nothing;
///  - while the innermost loop alone slides the box along one axis, each step costs the new slab;
///  - whenever another loop advances the whole box is sent again. (The reference replays the first two iterations of
///    each loop and compares translations; a slide thus goes on across an outer loop only where the inner one has two
///    iterations. That is kept, because the counts are meant to be equal to it.)
/// Sums over clipped tiles are exact: positions along different dimensions are independent, so sums over all steps
/// factor into one sum a dimension.
class NestCounter {
public:
    NestCounter(const LoopNest& nest, const Hierarchy& hierarchy);
    /// The counts of `mapping`, valid until the next call. Throws std::logic_error unless it has one entry a level.
    [[nodiscard]] const AccessCounts& count(const Mapping& mapping);

private:
    static constexpr int no_axis = -1, many_axes = -2;
    struct FlatLoop {
        std::size_t dim, level;
        std::uint64_t factor, stride;  ///< stride = size of the tile inside the loop
        bool spatial;
    };
    struct Projection {
        std::vector<Axis> axes;
        std::vector<int> axis_of;                ///< by dimension
        std::vector<std::uint64_t> coefficient;  ///< by dimension
        std::vector<std::uint64_t> tile_words;   ///< by level (multipliers last), of the mapping at hand
        [[nodiscard]] bool depends_on(std::size_t dim) const { return axis_of[dim] != no_axis; }
    };
    /// Which steps outside a level are summed: temporal loops from `temporal_end` on stand at their first iteration,
    /// and instances that differ only in spatial loops from `shared_from` on count once.
    struct Steps {
        std::size_t level, temporal_end, shared_from;
    };
    struct Share {
        std::uint64_t distinct = 1, instances = 1, largest = 1;
    };

    void flatten(const Mapping& mapping);
    void count_operand(std::size_t operand, const Mapping& mapping);
    void connect(std::size_t operand, std::size_t parent, std::size_t child);
    [[nodiscard]] std::uint64_t tile(std::size_t level, std::size_t dim) const { return tiles_[level * dims_ + dim]; }
    [[nodiscard]] std::uint64_t extent(const Axis& axis, std::size_t level) const;
    void measure_tiles(Projection& p) const;
    [[nodiscard]] std::uint64_t sent(const Projection& p, std::size_t level, std::size_t shared_from);
    [[nodiscard]] std::uint64_t slid(const Projection& p, const Steps& steps, std::size_t loop);
    [[nodiscard]] std::uint64_t stationary(const Projection& p, const Steps& steps, std::size_t loop);
    [[nodiscard]] bool moves_along(const Projection& p, std::size_t outer, std::size_t inner) const;
    [[nodiscard]] std::uint64_t advances(const Projection& p, const Steps& steps, std::size_t loop);
    [[nodiscard]] std::uint64_t slabs(const Projection& p, const Steps& steps, std::size_t loop, std::uint64_t slide);
    [[nodiscard]] std::uint64_t boxes(const Projection& p, const Steps& steps);
    [[nodiscard]] std::uint64_t placed_words(const Projection& p, std::size_t without) const;
    [[nodiscard]] std::uint64_t replicas(const Projection& p, std::size_t level);
    void place(const Projection& p, const Steps& steps);
    void place_clipped(const Projection& p, const Steps& steps, std::size_t dim);
    [[nodiscard]] bool stands(const Projection& p, const Steps& steps, std::size_t loop) const;
    [[nodiscard]] Share share(const Projection& p, std::size_t from, std::size_t to) const;
    [[nodiscard]] Share share_axis(const Axis& axis, std::size_t level) const;
    [[nodiscard]] std::uint64_t compute_cycles();

    std::size_t dims_, levels_;
    std::vector<std::uint64_t> sizes_;
    std::array<Projection, 3> projections_;
    Projection nothing_;  ///< of an operand that depends on no dimension
    std::vector<std::array<bool, 3>> keeps_;
    std::vector<FlatLoop> loops_;       ///< outermost first, without factors of 1
    std::vector<std::size_t> first_;    ///< of loops_, by level; one more for the multipliers
    std::vector<std::uint64_t> tiles_;  ///< by level (multipliers last) and dimension; not clipped
    std::vector<bool> clipped_;         ///< by dimension: the last tile is short
    bool any_clipped_ = false;
    std::vector<std::uint64_t> positions_, extents_;  ///< scratch of place(): steps and sum of tile sizes, by dimension
    AccessCounts counts_;
};

}  // namespace dyad::models
