// SPDX-License-Identifier: Apache-2.0
#include "sim/steady_state.hpp"

#include <algorithm>
#include <cmath>

namespace dyad::sim {
namespace {

/// FNV-1a over words.
std::uint64_t hash(const std::vector<std::uint64_t>& words) {
    std::uint64_t h = 0xcbf29ce484222325;
    for (const auto word : words) h = (h ^ word) * 0x100000001b3 ^ h >> 29;
    return h;
}

Mark between(const Mark& before, const Mark& now) {
    return {now.position - before.position, now.time - before.time, now.counts.since(before.counts)};
}

}  // namespace

Counts Counts::since(const Counts& before) const {
    auto change = *this;
    for (std::size_t o = 0; o < loaded.size(); ++o) change.loaded[o] -= before.loaded[o];
    for (std::size_t o = 0; o < laid_out.size(); ++o) change.laid_out[o] -= before.laid_out[o];
    for (std::size_t w = 0; w < waits.size(); ++w) change.waits[w] -= before.waits[w];
    change.stored -= before.stored;
    change.activates -= before.activates;
    return change;
}

void Counts::add(const Counts& other, std::uint64_t times) {
    for (std::size_t o = 0; o < loaded.size(); ++o) loaded[o] += times * other.loaded[o];
    for (std::size_t o = 0; o < laid_out.size(); ++o) laid_out[o] += times * other.laid_out[o];
    for (std::size_t w = 0; w < waits.size(); ++w) waits[w] += times * other.waits[w];
    stored += times * other.stored;
    activates += times * other.activates;
}

void SteadyState::clear() {
    seen_.clear();
    marks_.clear();
    boundaries_ = 0;
    stride_ = 1;
}

/// Without DRAM refresh plays no part.
bool SteadyState::needs_state(const Mark& now) const {
    return refresh_interval_ == 0 || boundaries_ == 0 || now.counts.dram_bytes() == last_.counts.dram_bytes();
}

std::optional<Mark> SteadyState::repeat(const Mark& now, const std::vector<std::uint64_t>& state) {
    const bool exactly = needs_state(now);
    last_ = now;
    ++boundaries_;
    if (exactly) return same_state(now, state);
    seen_.clear();
    return mean(now);
}

std::optional<Mark> SteadyState::same_state(const Mark& now, const std::vector<std::uint64_t>& state) {
    if (seen_.size() == most_states) seen_.clear();
    const auto [place, is_new] = seen_.try_emplace(hash(state), Seen{now, state});
    if (!is_new && place->second.state == state) return between(place->second.mark, now);
    place->second = {now, state};
    return std::nullopt;
}

std::optional<Mark> SteadyState::mean(const Mark& now) {
    if (boundaries_ < warm_up) return std::nullopt;
    if (boundaries_ % stride_ == 0) marks_.push_back(now);
    if (boundaries_ < warm_up + least_boundaries) return std::nullopt;
    const auto span = between(marks_.front(), now);
    if (span.time < least_windows * refresh_interval_) return std::nullopt;
    const auto phase = span.time % refresh_interval_;
    const auto off = std::min(phase, refresh_interval_ - phase);
    const bool whole = off * phase_tolerance <= refresh_interval_;
    if (!whole && span.time < any_phase_windows * refresh_interval_) return std::nullopt;
    if (!drifts(now)) return span;
    if (marks_.size() >= most_marks) thin_out();
    return std::nullopt;
}

/// Whether the second half of the span since the warm-up has another pace than the first.
bool SteadyState::drifts(const Mark& now) const {
    const auto& middle = marks_[marks_.size() / 2];
    const auto pace = [](const Mark& span) {
        return static_cast<double>(span.time) / static_cast<double>(span.position);
    };
    const auto first = pace(between(marks_.front(), middle)), second = pace(between(middle, now));
    return std::abs(first - second) > drift_tolerance * first;
}

void SteadyState::thin_out() {
    for (std::size_t kept = 0; 2 * kept < marks_.size(); ++kept) marks_[kept] = marks_[2 * kept];
    marks_.resize((marks_.size() + 1) / 2);
    stride_ *= 2;
}

}  // namespace dyad::sim
