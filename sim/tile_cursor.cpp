// SPDX-License-Identifier: Apache-2.0
#include "sim/tile_cursor.hpp"

namespace dyad::sim {

void TileCursor::advance() {
    ++index_;
    if (++in_run_ < run().count) return;
    in_run_ = 0;
    if (++run_ < block().runs.size()) return;
    run_ = 0;
    if (++repeat_ < block().repeat) return;
    repeat_ = 0;
    ++block_;
}

bool TileCursor::same_run(const TileCursor& other) const {
    return same_block(other) && repeat_ == other.repeat_ && run_ == other.run_;
}

std::uint64_t TileCursor::tiles_in_repeat() const {
    std::uint64_t tiles = 0;
    for (const auto& run : block().runs) tiles += run.count;
    return tiles;
}

void TileCursor::skip_tiles(std::uint64_t tiles) {
    in_run_ += tiles;
    index_ += tiles;
}

void TileCursor::skip_repeats(std::uint64_t repeats) {
    repeat_ += repeats;
    index_ += repeats * tiles_in_repeat();
}

}  // namespace dyad::sim
