// SPDX-License-Identifier: Apache-2.0
// The part of an engine that leaps over repeats (cost_model.md section 7).
#include <fmt/format.h>

#include "sim/modules/players.hpp"

namespace dyad::sim {
namespace {

constexpr std::uint64_t worth_watching = 6;  ///< tiles or repeats; fewer are played faster than they are compared

}  // namespace

/// Before each tile. Other steps that run at the same time have periods of their own: then nothing is skipped.
void Engine::at_boundary() {
    if (!around_.jump) return;
    if (around_.journal.active > 1) {
        tiles_.clear();
        repeats_.clear();
        return;
    }
    const auto& at = pipeline_->cursor();
    if (at.starts_block()) repeats_.clear();
    if (at.starts_repeat() && at.in_block() + at.left_in_block() >= worth_watching) jump_repeats();
    if (pipeline_->cursor().starts_run()) tiles_.clear();
    if (at.in_run() + at.left_in_run() >= worth_watching) jump_tiles();
}

void Engine::jump_tiles() {
    read_state();
    const auto change = tiles_.repeat(mark(pipeline_->cursor().in_run()), state_);
    const auto times = change ? pipeline_->tile_jumps(change->position) : 0;
    if (times == 0) return;
    pipeline_->skip_tiles(times * change->position);
    apply(*change, times);
    tiles_.clear();
}

void Engine::jump_repeats() {
    read_state();
    const auto change = repeats_.repeat(mark(pipeline_->cursor().in_block()), state_);
    const auto times = change ? pipeline_->repeat_jumps(change->position) : 0;
    if (times == 0) return;
    pipeline_->skip_repeats(times * change->position);
    apply(*change, times);
    repeats_.clear();
}

Mark Engine::mark(std::uint64_t position) const { return {position, now(), around_.journal.steps[*step_].counts}; }

void Engine::read_state() {
    state_.clear();
    pipeline_->append_state(state_);
    around_.dma.append_state(state_);
}

/// Nothing but the clock, the refreshes and the addresses move: open rows, queues and the other modules stay as they
/// are, which is how they would be.
void Engine::apply(const Mark& change, std::uint64_t times) {
    const auto begin = now();
    Counts skipped;
    skipped.add(change.counts, times);
    record().counts.add(skipped, 1);
    around_.journal.skipped += times * change.time;
    around_.dma.skip(times * change.time, skipped, load_stream_, store_stream_);
    if (around_.journal.trace)
        around_.journal.trace->slice(
            track_, fmt::format("{}: {} repeats like the last", around_.journal.name(*step_), times), begin, now());
}

}  // namespace dyad::sim
