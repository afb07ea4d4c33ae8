// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

namespace dyad::models::chain {

/// One axis (rows or columns) of the outputs of a member of a chain, and how it reads the member before.
struct AxisShape {
    std::uint64_t size = 1;    ///< outputs
    std::uint64_t stride = 1;  ///< inputs from one output to the next
    std::uint64_t window = 1;  ///< inputs of one output
    std::uint64_t pad = 0;     ///< inputs that are not there, before the first
};

/// From `begin` up to but not including `end`.
struct Interval {
    std::uint64_t begin = 0, end = 0;
    [[nodiscard]] std::uint64_t length() const { return end - begin; }
};

/// What each member computes along one axis: cuts[tile][member].
using Cuts = std::vector<std::vector<Interval>>;

/// Cuts the last member's outputs into tiles of `tile` and follows what they need back through the members. With
/// `cached` what the tile before has computed is kept and not computed again; each output is computed once. Without,
/// every tile computes all it needs: what neighbours share is computed by both.
[[nodiscard]] Cuts cut(const std::vector<AxisShape>& members, std::uint64_t tile, bool cached);

/// Inputs of a member, its padding included, that some of its outputs need.
[[nodiscard]] Interval inputs_of(const AxisShape& member, const Interval& outputs);

/// Most rows alive between member `m` and the one before while that one is up to `room` tiles ahead (1 = never beside
/// it), over `images` images one after another.
[[nodiscard]] std::uint64_t rows_alive(const Cuts& cuts, const std::vector<AxisShape>& members, std::size_t m,
                                       std::uint64_t room, std::uint64_t images);

/// Most rows of the first member's inputs that are there at a time when up to `tiles` tiles of them are.
[[nodiscard]] std::uint64_t input_rows_alive(const Cuts& cuts, const AxisShape& first, std::uint64_t tiles);

}  // namespace dyad::models::chain
