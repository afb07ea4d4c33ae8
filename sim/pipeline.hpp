// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "sim/tile_cursor.hpp"

namespace dyad::sim {

/// Transfers that end in the order in which they were asked for. One without bytes takes no time of its own.
class Transfers {
public:
    [[nodiscard]] std::uint64_t asked() const { return asked_; }
    [[nodiscard]] std::uint64_t ended() const { return ended_; }
    void ask(bool has_bytes);
    void end();  ///< of the oldest with bytes; those without bytes behind it end too
    void skip(std::uint64_t count);
    void append_state(std::vector<std::uint64_t>& state) const;

private:
    std::uint64_t asked_ = 0, ended_ = 0, in_flight_ = 0, empty_behind_ = 0;
};

/// The tiles of one kernel on their way: which may be loaded, computed and stored next. With double buffering the load
/// of tile i waits for the compute of tile i-2 and its compute for the store of tile i-2; without, both wait for the
/// store of tile i-1. At most two transfers of a kind are under way, which Transfers relies on.
class Pipeline {
public:
    Pipeline(const models::TileProgram& program, bool double_buffered);
    /// Tiles that have room at the same time.
    [[nodiscard]] std::uint64_t slots() const { return slots_; }
    [[nodiscard]] bool can_load() const;
    [[nodiscard]] bool can_compute() const;
    [[nodiscard]] bool all_loads_asked() const { return loading_.done(); }
    [[nodiscard]] bool all_computed() const { return computing_.done(); }
    [[nodiscard]] bool all_stored() const { return stores_.ended() == computing_.index(); }
    /// The next tile to load; its load is now asked for.
    const models::Tile& ask_load();
    void end_load() { loads_.end(); }
    [[nodiscard]] const models::Tile& computing() const { return computing_.tile(); }
    /// The tile is computed, its store asked for.
    void end_compute();
    void end_store() { stores_.end(); }

    [[nodiscard]] const TileCursor& cursor() const { return computing_; }
    [[nodiscard]] const TileCursor& load_cursor() const { return loading_; }
    [[nodiscard]] std::uint64_t loaded() const { return loads_.ended(); }
    [[nodiscard]] std::uint64_t stored() const { return stores_.ended(); }
    /// How often `period` tiles of this run can be skipped. The last tile of a run is always played.
    [[nodiscard]] std::uint64_t tile_jumps(std::uint64_t period) const;
    /// How often `period` repeats of this block can be skipped. The last repeat is always played.
    [[nodiscard]] std::uint64_t repeat_jumps(std::uint64_t period) const;
    void skip_tiles(std::uint64_t tiles);
    void skip_repeats(std::uint64_t repeats);
    /// Appends all that decides what happens next, relative to the tile that is to be computed now.
    void append_state(std::vector<std::uint64_t>& state) const;

private:
    void skipped(std::uint64_t tiles);

    const std::uint64_t slots_;
    TileCursor loading_, computing_;
    Transfers loads_, stores_;
};

}  // namespace dyad::sim
