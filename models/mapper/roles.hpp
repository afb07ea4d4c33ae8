// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "models/kernel.hpp"

namespace dyad::models::mapper {

/// What a dimension is to a product of weights and inputs, by the operands that it indexes (cost_model.md section 4).
enum class Role : std::uint8_t {
    groups,   ///< all three: independent products
    window,   ///< not the outputs: summed over
    filters,  ///< not the inputs
    pixels    ///< not the weights
};
inline constexpr std::array roles{Role::groups, Role::window, Role::filters, Role::pixels};
template <class T>
using ByRole = std::array<T, roles.size()>;
[[nodiscard]] constexpr std::size_t index(Role role) { return static_cast<std::size_t>(role); }
[[nodiscard]] constexpr std::size_t index(Operand operand) { return static_cast<std::size_t>(operand); }

/// Sizes of a box of a nest, by dimension.
using Extents = std::vector<std::uint64_t>;

/// A nest seen by role. Every axis of an operand belongs to one role, so that the elements of a tile are a product of
/// one factor per role: an axis over which the window slides is the pixels', and dimensions of other roles on it
/// (filter rows and columns) are never split.
struct NestByRole {
    explicit NestByRole(const LoopNest& nest);
    [[nodiscard]] std::uint64_t words(Role role, Operand operand, const Extents& tile) const;

    const LoopNest* nest;
    Extents size;
    std::vector<Role> role;   ///< by dimension
    std::vector<bool> whole;  ///< by dimension: never split
    ByRole<std::vector<std::size_t>> dims;
    ByRole<std::array<std::vector<const Axis*>, 3>> axes;  ///< by operand
};

/// Length of an axis over a box.
[[nodiscard]] std::uint64_t extent(const Axis& axis, const Extents& tile);

/// Words that the box on `axes` shares with the next one when dimension `dim` moves on by the whole of its tile: none
/// when that moves the box along two axes.
[[nodiscard]] std::uint64_t overlap(const std::vector<const Axis*>& axes, std::size_t dim, const Extents& tile);

}  // namespace dyad::models::mapper
