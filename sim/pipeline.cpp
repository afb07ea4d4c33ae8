// SPDX-License-Identifier: Apache-2.0
#include "sim/pipeline.hpp"

namespace dyad::sim {
namespace {

std::uint64_t load_bytes(const models::Tile& tile) {
    return tile.load_bytes[0] + tile.load_bytes[1] + tile.load_bytes[2] + tile.shared_load_bytes;
}

}  // namespace

void Transfers::ask(bool has_bytes) {
    ++asked_;
    if (has_bytes)
        ++in_flight_;
    else if (in_flight_ > 0)
        ++empty_behind_;
    else
        ++ended_;
}

void Transfers::end() {
    --in_flight_;
    ended_ += 1 + empty_behind_;
    empty_behind_ = 0;
}

void Transfers::skip(std::uint64_t count) {
    asked_ += count;
    ended_ += count;
}

void Transfers::append_state(std::vector<std::uint64_t>& state) const {
    state.push_back(asked_ - ended_);
    state.push_back(in_flight_);
}

Pipeline::Pipeline(const models::TileProgram& program, bool double_buffered)
    : slots_(double_buffered ? 2 : 1), loading_(program), computing_(program) {}

bool Pipeline::can_load() const {
    const auto freed = slots_ == 2 ? computing_.index() : stores_.ended();
    return !loading_.done() && loading_.index() < freed + slots_;
}

bool Pipeline::can_compute() const {
    return loads_.ended() > computing_.index() && computing_.index() < stores_.ended() + slots_;
}

const models::Tile& Pipeline::ask_load() {
    const auto& tile = loading_.tile();
    loads_.ask(load_bytes(tile) > 0);
    loading_.advance();
    return tile;
}

void Pipeline::end_compute() {
    stores_.ask(computing_.tile().store_bytes + computing_.tile().shared_store_bytes > 0);
    computing_.advance();
}

std::uint64_t Pipeline::tile_jumps(std::uint64_t period) const {
    if (loading_.done() || !loading_.same_run(computing_)) return 0;
    return (loading_.left_in_run() - 1) / period;
}

std::uint64_t Pipeline::repeat_jumps(std::uint64_t period) const {
    if (loading_.done() || !loading_.same_block(computing_)) return 0;
    return (loading_.left_in_block() - 1) / period;
}

void Pipeline::skip_tiles(std::uint64_t tiles) {
    loading_.skip_tiles(tiles);
    computing_.skip_tiles(tiles);
    skipped(tiles);
}

void Pipeline::skip_repeats(std::uint64_t repeats) {
    loading_.skip_repeats(repeats);
    computing_.skip_repeats(repeats);
    skipped(repeats * computing_.tiles_in_repeat());
}

void Pipeline::skipped(std::uint64_t tiles) {
    loads_.skip(tiles);
    stores_.skip(tiles);
}

void Pipeline::append_state(std::vector<std::uint64_t>& state) const {
    state.push_back(loading_.index() - computing_.index());
    state.push_back(computing_.index() - stores_.ended());
    loads_.append_state(state);
    stores_.append_state(state);
}

}  // namespace dyad::sim
