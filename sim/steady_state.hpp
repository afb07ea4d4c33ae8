// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/time.hpp"

namespace dyad::sim {

/// What an engine can wait for, as models::Stalls names it.
enum class Wait : std::uint8_t { prefetch, loads, stores, ports, drain };

/// What one step has moved so far: it only grows, and a jump multiplies it.
struct Counts {
    std::array<std::uint64_t, 3> loaded{};  ///< bytes from DRAM, by models::Operand
    std::uint64_t stored = 0, activates = 0;
    std::array<std::uint64_t, 4> laid_out{};  ///< address space taken by the loads of each operand and by the stores
    std::array<Picoseconds, 5> waits{};       ///< of the engine of the first core, by Wait
    [[nodiscard]] std::uint64_t dram_bytes() const { return loaded[0] + loaded[1] + loaded[2] + stored; }
    /// What came between `before` and this.
    [[nodiscard]] Counts since(const Counts& before) const;
    void add(const Counts& other, std::uint64_t times);
};

/// A boundary between two tiles, or between two repeats of a block.
struct Mark {
    std::uint64_t position = 0;
    Picoseconds time = 0;
    Counts counts;
};

/// Watches the boundaries of a periodic tile program and tells when it repeats (cost_model.md section 7).
///
/// Without refresh a repeat is a state that was there before, to the last picosecond: what follows is the same, for
/// ever. Refresh has a period of its own, so that with it states hardly ever come back while DRAM is used: then the
/// mean over a span of many refresh windows takes their place, which adds the share of refresh that this program feels.
class SteadyState {
public:
    explicit SteadyState(Picoseconds refresh_interval) : refresh_interval_(refresh_interval) {}
    /// Whether repeat() will look at the state of this boundary: reading it takes time.
    [[nodiscard]] bool needs_state(const Mark& now) const;
    /// The change between an earlier boundary and `now`, to be repeated from now on, if there is one.
    [[nodiscard]] std::optional<Mark> repeat(const Mark& now, const std::vector<std::uint64_t>& state);
    void clear();

private:
    static constexpr std::size_t most_states = 1024;          ///< then it starts afresh: not periodic so far
    static constexpr std::size_t most_marks = 4096;           ///< then every other one is forgotten
    static constexpr std::uint64_t warm_up = 4;               ///< boundaries that may still feel the start
    static constexpr std::uint64_t least_boundaries = 8;      ///< in a mean
    static constexpr std::uint64_t least_windows = 256;       ///< refresh windows in a mean
    static constexpr std::uint64_t phase_tolerance = 32;      ///< whole number of windows to a 32nd of one ...
    static constexpr std::uint64_t any_phase_windows = 4096;  ///< ... unless the span is as long as this
    static constexpr double drift_tolerance = 0.0005;         ///< between the two halves of a span
    struct Seen {
        Mark mark;
        std::vector<std::uint64_t> state;
    };
    [[nodiscard]] std::optional<Mark> same_state(const Mark& now, const std::vector<std::uint64_t>& state);
    [[nodiscard]] std::optional<Mark> mean(const Mark& now);
    [[nodiscard]] bool drifts(const Mark& now) const;
    void thin_out();

    Picoseconds refresh_interval_;
    std::unordered_map<std::uint64_t, Seen> seen_;  ///< by hash of the state; looked up only, never walked
    std::vector<Mark> marks_;                       ///< after the warm-up, every stride_-th
    Mark last_;
    std::uint64_t boundaries_ = 0, stride_ = 1;
};

}  // namespace dyad::sim
