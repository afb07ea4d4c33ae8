// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "hw_space/memory.hpp"
#include "sim/buffer_ports.hpp"

namespace dyad::sim {

/// Bytes that an engine moves during a tile, spread evenly over where they lie.
struct Span {
    std::uint64_t address = 0, extent = 0;  ///< the tile in the buffer; extent 0 = as much as is moved
    std::uint64_t bytes = 0;
};

/// The banks of one buffer. With `word` interleaving every access uses all of them alike, so that they are one; with
/// `block` each byte has its bank, and only users of the same bank disturb each other.
class BufferBanks {
public:
    BufferBanks(Clock clock, const hw_space::Buffer& buffer, std::size_t engines);
    /// A DMA moves `bytes` from `address` on that come at `now`. Returns when they are through.
    Picoseconds pass(Picoseconds now, std::uint64_t address, std::uint64_t bytes);
    void begin(std::size_t engine, Picoseconds now, Picoseconds duration, const std::vector<Span>& spans);
    [[nodiscard]] Picoseconds short_by(std::size_t engine, Picoseconds now) const;
    void append_state(Picoseconds now, std::vector<std::uint64_t>& state) const;
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// Whether it matters where in the buffer a tile lies.
    [[nodiscard]] bool placed() const { return banks_.size() > 1; }

private:
    void spread(const Span& span);

    std::uint64_t size_, bank_size_;
    std::vector<BufferPorts> banks_;
    std::vector<std::uint64_t> asked_;  ///< of each bank by the tile that begins
};

}  // namespace dyad::sim
