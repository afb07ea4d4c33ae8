// SPDX-License-Identifier: Apache-2.0
// The part of an engine that leaps over repeats (cost_model.md section 7).
#include <fmt/format.h>

#include "sim/modules/players.hpp"

namespace dyad::sim {
namespace {

constexpr std::uint64_t worth_watching = 6;  ///< tiles or repeats; fewer are played faster than they are compared

}  // namespace

/// Before each tile. Other steps that run, or load ahead, at the same time have rhythms of their own: then nothing is
/// skipped.
void Engine::at_boundary() {
    if (!around_.jump) return;
    if (around_.journal.active > 1 || (chain_ && chain_->lanes.size() > 1) ||
        around_.dma.serves_others(load_stream_, store_stream_)) {
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
    const auto change = repeat(tiles_, pipeline_->cursor().in_run());
    const auto times = change ? pipeline_->tile_jumps(change->position) : 0;
    if (times == 0) return;
    pipeline_->skip_tiles(times * change->position);
    apply(*change, times);
    tiles_.clear();
}

void Engine::jump_repeats() {
    const auto change = repeat(repeats_, pipeline_->cursor().in_block());
    const auto times = change ? pipeline_->repeat_jumps(change->position) : 0;
    if (times == 0) return;
    pipeline_->skip_repeats(times * change->position);
    apply(*change, times);
    repeats_.clear();
}

std::optional<Mark> Engine::repeat(SteadyState& watch, std::uint64_t position) {
    const Mark here{position, now(), record().counts};
    state_.clear();
    if (watch.needs_state(here)) {
        pipeline_->append_state(state_);
        around_.dma.append_state(load_stream_, store_stream_, state_);
        state_.push_back(pipeline_->cursor().index() % pipeline_->slots());
        for (auto* buffer : around_.buffers) buffer->banks().append_state(kernel_time(), state_);
    }
    return watch.repeat(here, state_);
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
