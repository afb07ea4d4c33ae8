// SPDX-License-Identifier: Apache-2.0
#include "sim/buffer_ports.hpp"

#include <algorithm>

namespace dyad::sim {

BufferPorts::BufferPorts(Clock clock, std::uint64_t bytes_per_cycle, std::size_t engines)
    : clock_(clock), bytes_per_cycle_(std::max<std::uint64_t>(1, bytes_per_cycle)), users_(engines) {}

Picoseconds BufferPorts::occupancy(std::uint64_t bytes) const {
    return clock_.time(core::ceil_div(bytes, bytes_per_cycle_));
}

Picoseconds BufferPorts::pass(Picoseconds now, std::uint64_t bytes) {
    const auto work = occupancy(bytes);
    moved_ += work;
    free_ = std::max(free_, now) + work;
    return free_;
}

void BufferPorts::begin(std::size_t engine, Picoseconds now, Picoseconds duration, std::uint64_t bytes) {
    auto& user = users_[engine];
    user.finished += user.work;
    user.start = now;
    user.duration = duration;
    user.work = occupancy(bytes);
    user.others_at_start = taken_by_others(engine, now);
}

Picoseconds BufferPorts::short_by(std::size_t engine, Picoseconds now) const {
    const auto& user = users_[engine];
    const auto needed = user.work + taken_by_others(engine, now) - user.others_at_start;
    const auto elapsed = now - user.start;
    return user.work > 0 && needed > elapsed ? needed - elapsed : 0;
}

/// Port time that an engine has taken up to now.
Picoseconds BufferPorts::taken(const User& user, Picoseconds now) const {
    const auto elapsed = now - user.start;
    if (elapsed >= user.duration) return user.finished + user.work;
    return user.finished + static_cast<Picoseconds>(Wide{user.work} * elapsed / user.duration);
}

Picoseconds BufferPorts::taken_by_others(std::size_t engine, Picoseconds now) const {
    auto sum = moved_;
    for (std::size_t other = 0; other < users_.size(); ++other)
        if (other != engine) sum += taken(users_[other], now);
    return sum;
}

}  // namespace dyad::sim
