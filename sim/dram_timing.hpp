// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "sim/dram_banks.hpp"

namespace dyad::sim {

/// What a requester may have under way: `bytes` in all, in requests of `request` bytes.
struct Window {
    std::uint64_t bytes = 1024, request = 256;
    std::size_t requester = 0;  ///< whose; a few of them, counted from 0
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
    /// Serves `bytes` from `local` (an address inside the channel) on, stripe by stripe.
    Served serve(std::uint64_t local, std::uint64_t bytes, bool write, Picoseconds now, Window window);
    /// From its first to its last byte on the bus.
    [[nodiscard]] std::pair<Picoseconds, Picoseconds> last_transfer() const { return last_transfer_; }
    /// Time has gone on by `skipped` without being counted: the refreshes keep their rhythm.
    void skip(Picoseconds skipped);
    /// The row that holds `local` is open.
    [[nodiscard]] bool is_open(std::uint64_t local) const;
    /// Appends what decides how future accesses are timed, relative to `now`.
    void append_state(Picoseconds now, std::vector<std::uint64_t>& state) const;
    /// Appends which of the rows are open in the stripe of `local`.
    void append_open(std::uint64_t local, std::vector<std::uint64_t>& state) const;

private:
    /// Bytes [begin, end) of all that one requester was ever served here crossed the bus from `from` to `to`.
    struct Delivery {
        std::uint64_t begin, end;
        Picoseconds from, to;
    };
    struct Requester {
        std::vector<Delivery> deliveries;  ///< the latest, as far back as the window reaches
        std::uint64_t position = 0;        ///< bytes ever served
        Picoseconds end = 0;               ///< of its latest bytes on the bus
    };
    /// A part of one stripe: its bursts rotate over the banks, beginning with number `first`.
    struct Segment {
        const std::vector<DramPlace>& places;
        std::uint64_t first, bytes, bursts;
        bool write;
        [[nodiscard]] const DramPlace& place(std::uint64_t burst) const {
            return places[(first + burst) % places.size()];
        }
        /// Calls visit(place, burst) for each bank that it touches, with the number of its first burst there.
        template <class Visit>
        void for_each_bank(const Visit& visit) const {
            const auto touched = std::min<std::uint64_t>(bursts, places.size());
            for (std::uint64_t burst = 0, at = first % places.size(); burst < touched; ++burst) {
                visit(places[at], burst);
                if (++at == places.size()) at = 0;
            }
        }
    };
    /// What had the bus last.
    struct User {
        bool write = false;
        std::uint64_t rank = 0, group = 0;
    };
    [[nodiscard]] static Picoseconds delivered(const Requester& requester, std::uint64_t bytes,
                                               std::uint64_t under_way);
    /// The banks that a page rotates over, remembered: a stream stays on a page for long.
    [[nodiscard]] const std::vector<DramPlace>& places(std::uint64_t page) const;
    [[nodiscard]] std::uint64_t bursts(std::uint64_t bytes) const;
    [[nodiscard]] Picoseconds bus_gap(const Segment& segment) const;
    [[nodiscard]] Picoseconds data_start(const Segment& segment, Picoseconds arrival, const Requester& requester);
    [[nodiscard]] Picoseconds pace_of(const Window& window) const;
    void transfer(Segment segment, Picoseconds arrival, Picoseconds pace, Requester& requester);
    void record(const Segment& segment, Requester& requester, Picoseconds from, Picoseconds to);
    void catch_up(Picoseconds arrival);
    void close_rows_for_refresh();

    const DramParams params_;
    const std::uint64_t interleaved_, stripe_;
    const Picoseconds horizon_;  ///< more than any row takes to open
    struct PagePlaces {
        std::uint64_t page = 0;
        std::vector<DramPlace> banks;  ///< empty = not looked at yet
    };
    mutable std::array<PagePlaces, 8> places_;  ///< by the last bits of the page's number; what is known, no state
    DramBanks banks_, before_;                  ///< before_: as they were, where a refresh may come between
    std::vector<Requester> requesters_{1};
    Picoseconds bus_free_ = 0;  ///< a requester that sets a slower pace leaves gaps that others fill
    std::optional<User> last_;
    std::pair<Picoseconds, Picoseconds> last_transfer_;
    Picoseconds next_refresh_;
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
    /// Appends which rows of the page at `address` are open.
    void append_open(std::uint64_t address, std::vector<std::uint64_t>& state) const;
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
