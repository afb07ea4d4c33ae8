// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "hw_space/accelerator.hpp"
#include "sim/time.hpp"

namespace dyad::sim {

/// A DRAM standard in whole picoseconds and bytes.
struct DramParams {
    unsigned channels = 1;
    unsigned banks = 1;            ///< per channel
    std::uint64_t row = 0;         ///< bytes of one bank's row in one channel
    std::uint64_t burst = 0;       ///< bytes of one burst; a shorter access takes a whole one
    std::uint64_t interleave = 0;  ///< consecutive bytes in one channel; divides `row`
    Picoseconds burst_time = 0;    ///< on the channel's data bus
    Picoseconds cas = 0, rcd = 0, precharge = 0, row_cycle = 0, read_to_write = 0, write_to_read = 0;
    Picoseconds refresh_interval = 0, refresh_time = 0;  ///< interval 0 = no refresh
    std::uint64_t link = 0;  ///< bytes a second between the chip and all channels; 0 = no limit of its own

    [[nodiscard]] std::uint64_t page() const { return row * channels; }      ///< one row in every channel
    [[nodiscard]] std::uint64_t rotation() const { return page() * banks; }  ///< until the banks repeat
};
/// `interleave` is rounded up to a whole number of bursts that divides the row.
[[nodiscard]] DramParams dram_params(const hw_space::Dram& dram, core::Bytes interleave);

/// What a requester may have under way: `bytes` in all, in requests of `request` bytes.
struct Window {
    std::uint64_t bytes = 1024, request = 256;
};

struct Access {
    std::uint64_t address = 0, bytes = 0;
    bool write = false;
};

/// When an access was served.
struct Served {
    Picoseconds issued = 0;  ///< its last request has left the requester, which may issue the next one
    Picoseconds done = 0;    ///< its last byte has crossed the data bus
    std::uint64_t activates = 0;
};

/// One channel: banks with an open row each and one data bus. Requests use the bus in the order of their arrival; the
/// row of a later one is opened while an earlier one still transfers.
class DramChannel {
public:
    explicit DramChannel(const DramParams& params);
    /// Serves `bytes` from `local` (an address inside the channel) on, row by row.
    Served serve(std::uint64_t local, std::uint64_t bytes, bool write, Picoseconds now, Window window);
    /// From its first to its last byte on the bus.
    [[nodiscard]] std::pair<Picoseconds, Picoseconds> last_transfer() const { return last_transfer_; }
    /// Time has gone on by `skipped` without being counted: the refreshes keep their rhythm.
    void skip(Picoseconds skipped);
    /// The row that holds `local` is open.
    [[nodiscard]] bool is_open(std::uint64_t local) const;
    /// Appends what decides how future accesses are timed, relative to `now`.
    void append_state(Picoseconds now, std::vector<std::uint64_t>& state) const;

private:
    struct Bank {
        std::optional<std::uint64_t> row;  ///< open
        Picoseconds activate_ready = 0, precharge_ready = 0, column_ready = 0;
    };
    /// Bytes [begin, end) of all that was ever served here crossed the bus from `from` to `to`.
    struct Delivery {
        std::uint64_t begin, end;
        Picoseconds from, to;
    };
    struct Segment {
        std::uint64_t bank, row, bytes;
        bool write;
    };
    [[nodiscard]] Picoseconds delivered(std::uint64_t bytes, std::uint64_t under_way) const;
    [[nodiscard]] Picoseconds open(Bank& bank, std::uint64_t row, Picoseconds arrival);
    [[nodiscard]] Picoseconds data_start(const Segment& segment, Picoseconds arrival);
    void transfer(Segment segment, Picoseconds arrival, Window window);
    void record(const Segment& segment, Picoseconds from, Picoseconds to);
    void catch_up(Picoseconds arrival);
    void close_rows_for_refresh();

    const DramParams params_;
    std::vector<Bank> banks_;
    std::vector<Delivery> deliveries_;  ///< the latest, as far back as the window reaches
    std::uint64_t position_ = 0;        ///< bytes ever served
    Picoseconds bus_free_ = 0;
    std::optional<bool> last_write_;
    std::pair<Picoseconds, Picoseconds> last_transfer_;
    Picoseconds next_refresh_;
    std::uint64_t activates_ = 0;
};

/// All channels of a DRAM, addresses interleaved over them. Timing only, no data, no SystemC.
class DramTiming {
public:
    explicit DramTiming(const DramParams& params);
    /// Accesses arrive in the order of `now`. Takes time in proportion to the rows touched.
    Served serve(const Access& access, Picoseconds now, Window window);
    /// Time has gone on by `skipped` without being counted: the refreshes keep their rhythm, all else stays.
    void skip(Picoseconds skipped);
    [[nodiscard]] const DramParams& params() const { return params_; }
    /// When the bus of `channel` was used by the last access; {0, 0} when that did not touch it.
    [[nodiscard]] std::pair<Picoseconds, Picoseconds> last_transfer(std::size_t channel) const;
    /// Whether the byte at `address` lies in an open row.
    [[nodiscard]] bool is_open(std::uint64_t address) const;
    void append_state(Picoseconds now, std::vector<std::uint64_t>& state) const;

private:
    /// The data of an access pass the link between chip and DRAM, after those of the accesses before it.
    void pass_link(Served& served, std::uint64_t bytes, Window window);
    [[nodiscard]] Picoseconds link_time(std::uint64_t bytes) const;
    /// Bytes below `address` that lie in `channel`.
    [[nodiscard]] std::uint64_t local(std::uint64_t address, std::uint64_t channel) const;

    const DramParams params_;
    std::vector<DramChannel> channels_;
    std::vector<bool> touched_;  ///< channels that the last access used
    Picoseconds link_free_ = 0;
};

}  // namespace dyad::sim
