// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/space.hpp"

namespace dyad::models::exact {

/// What a mapping costs in steady state.
struct Cost {
    double cycles = 0, energy = 0;  ///< joules
};

/// An operand on its way from a level that keeps it to the next one inwards; `child` = number of levels stands for the
/// multipliers.
struct Connection {
    std::size_t operand, parent, child;
};

/// Which dimensions an operand depends on, and along which of its axes.
struct Projection {
    static constexpr int no_axis = -1, many_axes = -2;
    std::vector<Axis> axes;
    std::array<int, most_dims> axis_of{};
    Factors coefficient{};
    std::uint32_t relevant = 0;  ///< dimensions, a bit each
    [[nodiscard]] bool depends_on(std::size_t dim) const { return (relevant >> dim & 1) != 0; }
    /// Whether several dimensions move the box along the axis of this one: a sliding window.
    [[nodiscard]] bool slides(std::size_t dim) const {
        return axis_of[dim] >= 0 && axes[static_cast<std::size_t>(axis_of[dim])].size() > 1;
    }
    [[nodiscard]] std::uint64_t extent(std::size_t axis, const Factors& tile) const;
    [[nodiscard]] std::uint64_t words(const Factors& tile) const;
};

/// Tile of each level (multipliers last) of a tiling.
using Tiles = std::array<Factors, most_levels + 1>;

/// Costs mappings with perfect factors in closed form: the rules of NestCounter where no tile is short.
class Traffic {
public:
    explicit Traffic(const Space& space);
    [[nodiscard]] Tiles tiles(const Tiling& tiling) const;
    [[nodiscard]] bool fits(std::size_t level, const Factors& tile) const;
    [[nodiscard]] Cost cost(const Tiling& tiling, const Tiles& tiles, const Orders& orders) const;
    /// Words that all children of a connection are sent, partial sums included.
    [[nodiscard]] std::uint64_t received(const Connection& c, const Tiling& tiling, const Tiles& tiles,
                                         const Orders& orders) const;
    /// The same if no word stayed from one step to the next.
    [[nodiscard]] std::uint64_t all_boxes(const Connection& c, const Tiles& tiles) const;
    /// How many children share one word read, of `received` words; first touches of outputs at a level.
    [[nodiscard]] std::uint64_t read(const Connection& c, std::uint64_t received, const Tiling& tiling,
                                     const Tiles& tiles) const;
    [[nodiscard]] std::uint64_t replicas(const Tiling& tiling, std::size_t level) const;

    [[nodiscard]] const Space& space() const { return *space_; }
    [[nodiscard]] const std::vector<Connection>& connections() const { return connections_; }
    [[nodiscard]] const Projection& projection(std::size_t operand) const { return projections_[operand]; }
    [[nodiscard]] std::uint64_t macs() const { return macs_; }
    [[nodiscard]] std::size_t dims() const { return dims_; }
    [[nodiscard]] std::size_t levels() const { return levels_; }
    [[nodiscard]] std::uint64_t words(std::size_t operand) const { return words_[operand]; }  ///< of the whole nest
    /// Whether a level has several children side by side.
    [[nodiscard]] bool fans_out(std::size_t level) const { return fans_out_[level]; }

private:
    struct Place {
        std::size_t level, index;
    };
    [[nodiscard]] std::uint64_t slid(const Connection& c, const Tiling& tiling, const Tiles& tiles,
                                     const Orders& orders, Place first, std::uint64_t all) const;
    [[nodiscard]] std::uint64_t stationary(const Connection& c, const Tiling& tiling, const Tiles& tiles,
                                           const Orders& orders, Place first, std::uint64_t all,
                                           std::uint64_t inside) const;

    const Space* space_;
    std::size_t dims_, levels_;
    std::uint64_t macs_;
    std::array<std::uint64_t, 3> words_{};
    std::array<bool, most_levels> fans_out_{};
    std::array<Projection, 3> projections_;
    std::vector<Connection> connections_;
};

}  // namespace dyad::models::exact
