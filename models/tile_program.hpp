// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/quantity.hpp"

namespace dyad::models {

/// One tile command triple: load its operands, compute, store what is finished. Loads of the next tile overlap the
/// compute of this one when the buffer is double-buffered. An operand that a buffer keeps is loaded only by the tiles
/// that need words which the tile before did not hold; one that no buffer keeps streams from DRAM each time it is used.
struct Tile {
    std::array<std::uint64_t, 3>
        load_bytes{};               ///< by Operand, from DRAM (or the operand's home); outputs = partial sums read back
    std::uint64_t store_bytes = 0;  ///< outputs or partial sums written out
    std::uint64_t compute_cycles = 0;  ///< engine cycles with all operands at hand; the start of the kernel apart
    /// By the engine during compute, by Operand, from the innermost buffer that keeps it (0 when none does); outputs =
    /// partial sums.
    std::array<std::uint64_t, 3> buffer_read_bytes{};
    std::uint64_t buffer_write_bytes = 0;  ///< outputs and partial sums, to the innermost buffer that keeps outputs
    /// Between a buffer that all cores share, where an operand stays, and the core's own buffers (0 on one core).
    std::uint64_t shared_load_bytes = 0, shared_store_bytes = 0;
    friend bool operator==(const Tile&, const Tile&) = default;
};

/// `count` equal tiles one after another.
struct TileRun {
    std::uint64_t count = 1;
    Tile tile;
    /// Of a chain: the kernel that these tiles belong to, whether the first of them begins a tile of the chain, and
    /// whether the last of them ends one.
    std::size_t member = 0;
    bool opens = false, closes = false;
    friend bool operator==(const TileRun&, const TileRun&) = default;
};

/// A sequence of runs played `repeat` times.
struct TileBlock {
    std::uint64_t repeat = 1;
    std::vector<TileRun> runs;
    friend bool operator==(const TileBlock&, const TileBlock&) = default;
};

/// The tiles of one kernel in order, compressed: loop nests repeat themselves.
using TileProgram = std::vector<TileBlock>;

/// One of the loops over the tiles of a nest: dimension `dim` in `trips` tiles, the last one maybe shorter than `tile`.
struct TileLoop {
    std::size_t dim = 0;
    std::uint64_t tile = 1, trips = 1;
};

/// How an engine goes through a nest, tile by tile: what moves real data follows it.
struct TileOrder {
    std::vector<TileLoop> loops;       ///< outermost first
    std::uint64_t longest_stream = 0;  ///< an array's streams are cut to so many words; 0 = they are not
};

struct TileTotals {
    std::uint64_t tiles = 0;
    std::array<std::uint64_t, 3> load_bytes{}, buffer_read_bytes{};
    std::uint64_t store_bytes = 0, compute_cycles = 0, buffer_write_bytes = 0;
    std::uint64_t shared_load_bytes = 0, shared_store_bytes = 0;
};
[[nodiscard]] TileTotals totals(const TileProgram& program);

/// The first, or the last, tile of a program that has one, put into a block of its own.
[[nodiscard]] Tile& first_tile(TileProgram& program);
[[nodiscard]] Tile& last_tile(TileProgram& program);

}  // namespace dyad::models
