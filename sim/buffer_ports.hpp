// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "sim/time.hpp"

namespace dyad::sim {

/// Something that moves a number of bytes a cycle and that several share: a bank of a buffer, a link of the network.
/// DMA transfers go first (DRAM does not wait), one after another; an engine spreads its accesses evenly over its tile
/// and is late by what the others took from it. Timing only, no data, no SystemC.
class BufferPorts {
public:
    BufferPorts(Clock clock, std::uint64_t bytes_per_cycle, std::size_t engines);
    /// How long `bytes` keep the ports busy.
    [[nodiscard]] Picoseconds occupancy(std::uint64_t bytes) const;
    /// A DMA moves `bytes` that come at `now`. Returns when they are through.
    Picoseconds pass(Picoseconds now, std::uint64_t bytes);
    /// `engine` begins a tile that takes `duration` when it has the ports for itself.
    void begin(std::size_t engine, Picoseconds now, Picoseconds duration, std::uint64_t bytes);
    /// How much longer the tile of `engine` needs at least, given what the others have taken so far.
    [[nodiscard]] Picoseconds short_by(std::size_t engine, Picoseconds now) const;
    /// For how long after `now` the DMA's bytes keep the ports busy.
    [[nodiscard]] Picoseconds busy(Picoseconds now) const { return free_ > now ? free_ - now : 0; }

private:
    struct User {
        Picoseconds start = 0, duration = 0, work = 0;
        Picoseconds finished = 0;         ///< port time of all tiles before this one
        Picoseconds others_at_start = 0;  ///< port time that everyone else had taken then
    };
    [[nodiscard]] Picoseconds taken(const User& user, Picoseconds now) const;
    [[nodiscard]] Picoseconds taken_by_others(std::size_t engine, Picoseconds now) const;

    Clock clock_;
    std::uint64_t bytes_per_cycle_;
    Picoseconds moved_ = 0;  ///< port time of the DMA
    Picoseconds free_ = 0;   ///< when the DMA's last bytes are through
    std::vector<User> users_;
};

}  // namespace dyad::sim
