// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "hw_space/memory.hpp"
#include "sim/time.hpp"

namespace dyad::sim {

/// A row of one bank of one channel.
struct DramPlace {
    std::uint64_t rank = 0, group = 0, bank = 0;  ///< bank counts through all ranks and groups
    std::uint64_t row = 0;
};

/// A DRAM in whole picoseconds and bytes. Times are named in hw_space::DramStandard.
struct DramParams {
    unsigned channels = 1;
    unsigned ranks = 1, groups = 1;  ///< of a channel, of a rank
    unsigned banks = 1;              ///< of a group
    std::uint64_t row = 0;           ///< bytes of one bank's row in one channel
    std::uint64_t rows = 0;          ///< of one bank; 0 = without end
    std::uint64_t burst = 0;         ///< bytes of one burst; a shorter access takes a whole one
    std::uint64_t interleave = 0;    ///< consecutive bytes in one channel
    hw_space::DramMapping mapping = hw_space::default_dram_mapping;
    Picoseconds burst_time = 0;  ///< of one burst of a sequential stream
    Picoseconds cas = 0, cwl = 0, rcd = 0, precharge = 0, ras = 0;
    Picoseconds rrd_s = 0, rrd_l = 0, faw = 0;
    Picoseconds read_to_precharge = 0, write_recovery = 0, wtr_s = 0, wtr_l = 0;
    Picoseconds read_to_write = 0, rank_switch = 0;
    Picoseconds refresh_interval = 0, refresh_time = 0;  ///< interval 0 = no refresh
    std::uint64_t link = 0;  ///< bytes a second between the chip and all channels; 0 = no limit of its own

    [[nodiscard]] std::uint64_t all_banks() const { return std::uint64_t{ranks} * groups * banks; }
    /// Banks of a channel over which sequential bursts rotate.
    [[nodiscard]] std::uint64_t interleaved() const;
    /// Rows of all these banks: sequential bytes of one channel before the next ones are opened.
    [[nodiscard]] std::uint64_t stripe() const { return row * interleaved(); }
    [[nodiscard]] std::uint64_t page() const { return stripe() * channels; }  ///< a stripe in every channel
    [[nodiscard]] std::uint64_t rotation() const;                             ///< bytes until the banks repeat
    /// Bank `index` of those that `page` of a channel rotates over. Pages beyond the last go round the banks again, in
    /// rows of their own.
    [[nodiscard]] DramPlace place(std::uint64_t page, std::uint64_t index) const;

private:
    [[nodiscard]] std::uint64_t count(hw_space::DramField field) const;
};
/// With the channel below the column, `interleave` is rounded up to whole bursts that divide the row.
[[nodiscard]] DramParams dram_params(const hw_space::Dram& dram, core::Bytes interleave);

}  // namespace dyad::sim
