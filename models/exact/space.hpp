// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "hw_space/hierarchy.hpp"
#include "models/mapping.hpp"

namespace dyad::models::exact {

inline constexpr std::size_t most_dims = 16, most_levels = 12;
using Factors = std::array<std::uint64_t, most_dims>;  ///< by dimension

/// What the constraints leave open at one level.
struct LevelSpace {
    std::array<bool, 3> keeps{true, true, true};
    std::array<bool, 3> open{};                ///< no constraint says whether it keeps the operand
    Factors time{}, space{};                   ///< fixed factors; 0 = free
    std::vector<std::size_t> order;            ///< dimensions that run innermost, innermost first
    std::optional<std::vector<bool>> columns;  ///< by dimension: spatial loops lie on the columns, the others on rows
};

/// The mappings among which the best is looked for: per level and dimension a temporal factor and a spatial one, which
/// multiply to the dimension's size over all levels (perfect factors), and every order of the temporal loops. A spatial
/// dimension lies whole on the rows or on the columns of a level. What no constraint says a level bypasses is kept.
struct Space {
    LoopNest nest;
    Hierarchy hierarchy;
    std::array<unsigned, 3> bits{};  ///< of a word, by Operand
    std::vector<LevelSpace> levels;
};

/// The space without dimensions of size 1, which take time and change nothing.
struct Reduced {
    Space space;
    std::vector<std::size_t> dims;  ///< what its dimensions were in the whole space
    /// A mapping of the reduced space in terms of the whole one.
    [[nodiscard]] Mapping restore(Mapping mapping) const;
};
/// Nothing when a constraint wants more than one step of such a dimension, or more steps side by side than there are
/// children.
[[nodiscard]] std::optional<Reduced> reduce(const Space& space);

/// Throws core::Error when the constraints name what is not there, or the nest or the hierarchy is too large.
/// `levels` are those of `given`.
[[nodiscard]] Space make_space(const LoopNest& nest, const hw_space::ExplicitHierarchy& given, Hierarchy levels);

/// Factors of all levels; loops that are not there have 1.
struct Tiling {
    std::array<Factors, most_levels> time, space;
    friend auto operator<=>(const Tiling&, const Tiling&) = default;
};
[[nodiscard]] Tiling no_loops();

/// The order of the temporal loops of one level, innermost first.
struct Order {
    std::array<std::uint8_t, most_dims> dims{};
    std::size_t count = 0;
    std::uint32_t place = 0;  ///< in the table that it comes from
};
using Orders = std::array<const Order*, most_levels>;

/// Which spatial dimensions of a level lie on its columns; nothing when they do not fit its rows and columns.
[[nodiscard]] std::optional<std::uint32_t> columns_of(const Space& space, std::size_t level, const Factors& factors);

[[nodiscard]] Mapping to_mapping(const Space& space, const Tiling& tiling, const Orders& orders);

}  // namespace dyad::models::exact
