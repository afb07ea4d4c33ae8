// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "hw_space/accelerator.hpp"

namespace dyad::models {

/// Closed forms of one DRAM seen by the DMA: how long sequential transfers take, from the standard's timing.
///
/// A stream asks for the rows of the next banks while the ones before still transfer, ahead by the DMA's window: new
/// rows cost time only as far as that is too late, or when the DRAM was idle: then precharge, activate and column
/// access come first. Bursts rotate over the bank groups (hw_space::Dram::burst_pace) and channels as the address
/// mapping says; a transfer takes as long as its busiest channel. With few requests under way the round trip, not the
/// bus, sets the pace (Little's law). Every refresh interval is short by the refresh itself and by opening a row again.
class DramStream {
public:
    /// `sharers` equal transfers take turns all the time: each has a share of the time.
    DramStream(const hw_space::Dram& dram, const hw_space::Dma& dma, std::uint64_t sharers = 1);
    /// The same with the chip's network between DRAM and buffers, which may be slower.
    DramStream(const hw_space::Accelerator& chip, std::uint64_t sharers);

    /// From the first to the last datum of one transfer, refresh included: as long as its busiest channel takes.
    [[nodiscard]] double transfer_seconds(std::uint64_t bytes) const;
    /// What a transfer takes of the time of all channels together; others may use the channels that it leaves free.
    [[nodiscard]] double bus_seconds(std::uint64_t bytes) const;
    /// The same of one transfer beside those that are shared, as of weights loaded ahead: nobody shares it.
    [[nodiscard]] double lone_seconds(std::uint64_t bytes) const;
    /// From a request of so many bytes to its first datum when the DRAM is idle: column access, and on average the
    /// share of precharge and activate of a row that small tiles share.
    [[nodiscard]] double idle_latency(std::uint64_t bytes) const;
    /// How many take turns.
    [[nodiscard]] double sharers() const { return sharers_; }
    [[nodiscard]] double read_to_write() const { return read_to_write_; }
    [[nodiscard]] double write_to_read() const { return write_to_read_; }
    /// Rows opened by one transfer, on average: tiles of a page (a row of every channel) or more start on pages of
    /// their own, smaller ones share pages, each on a power of two.
    [[nodiscard]] double activates(std::uint64_t bytes) const;
    /// Transfers of different engines, loads and stores take turns after this much.
    [[nodiscard]] std::uint64_t chunk() const { return 64 * interleave_; }

private:
    [[nodiscard]] std::uint64_t busiest_channel(std::uint64_t bytes) const;
    /// Distance at which tiles of so many bytes are laid out.
    [[nodiscard]] std::uint64_t pitch(std::uint64_t bytes) const;
    /// Stripes (rows opened together) of each channel that a transfer touches, on average.
    [[nodiscard]] double stripes_in_channel(std::uint64_t bytes) const;
    [[nodiscard]] std::uint64_t page() const { return row_ * banks_ * channels_; }
    [[nodiscard]] double channel_seconds(std::uint64_t bytes) const;
    [[nodiscard]] double through_link(double seconds, std::uint64_t bytes, double sharers) const;
    [[nodiscard]] double all_channels_seconds(std::uint64_t bytes) const;

    double sharers_ = 1, narrowest_ = 0;  ///< narrowest: rate of what each transfer must pass alone; 0 = no limit
    std::uint64_t channels_, interleave_, burst_, row_, banks_;  ///< banks that a stripe rotates over
    double burst_seconds_, link_, stretch_, column_, open_row_, exposed_row_, read_to_write_, write_to_read_;
};

}  // namespace dyad::models
