// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "models/tile_program.hpp"

namespace dyad::sim {

/// A place in a tile program. The program outlives it and has neither empty blocks nor empty runs.
class TileCursor {
public:
    explicit TileCursor(const models::TileProgram& program) : program_(&program) {}
    [[nodiscard]] bool done() const { return block_ == program_->size(); }
    [[nodiscard]] const models::Tile& tile() const { return run().tile; }
    [[nodiscard]] const models::TileRun& run() const { return block().runs[run_]; }
    /// Tiles before this one.
    [[nodiscard]] std::uint64_t index() const { return index_; }
    void advance();

    // Where it stands, and jumps inside one run or one block.
    [[nodiscard]] bool starts_run() const { return in_run_ == 0; }
    [[nodiscard]] bool starts_repeat() const { return in_run_ == 0 && run_ == 0; }
    [[nodiscard]] bool starts_block() const { return starts_repeat() && repeat_ == 0; }
    [[nodiscard]] bool same_run(const TileCursor& other) const;
    [[nodiscard]] bool same_block(const TileCursor& other) const { return block_ == other.block_; }
    /// Position in the run; tiles of the run from here on.
    [[nodiscard]] std::uint64_t in_run() const { return in_run_; }
    [[nodiscard]] std::uint64_t left_in_run() const { return run().count - in_run_; }
    [[nodiscard]] std::uint64_t in_block() const { return repeat_; }
    /// Repeats of the block, this one included.
    [[nodiscard]] std::uint64_t left_in_block() const { return block().repeat - repeat_; }
    [[nodiscard]] std::uint64_t tiles_in_repeat() const;
    void skip_tiles(std::uint64_t tiles);      ///< fewer than left_in_run()
    void skip_repeats(std::uint64_t repeats);  ///< fewer than left_in_block()

private:
    [[nodiscard]] const models::TileBlock& block() const { return (*program_)[block_]; }

    const models::TileProgram* program_;
    std::size_t block_ = 0, run_ = 0;
    std::uint64_t repeat_ = 0, in_run_ = 0, index_ = 0;
};

}  // namespace dyad::sim
