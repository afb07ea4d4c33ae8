// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/dram_params.hpp"

namespace dyad::sim {

/// How far `time` lies ahead of `now`: what is past does not matter any more.
[[nodiscard]] constexpr Picoseconds ahead(Picoseconds time, Picoseconds now) { return time > now ? time - now : 0; }

/// The banks of one channel: which row each has open, and when its next activate, precharge and column command may come
/// (tRCD, tRAS, tRP, tRTP, tWR of the bank; tRRD, tFAW of the rank).
class DramBanks {
public:
    explicit DramBanks(const DramParams& params);
    [[nodiscard]] bool is_open(const DramPlace& place) const { return banks_[place.bank].row == place.row; }
    /// Opens the row, asked for at `arrival`, if it is not open. Returns when a column of it may be asked for.
    Picoseconds open(const DramPlace& place, Picoseconds arrival);
    /// The last datum of an access to the bank has crossed the bus at `end`.
    void accessed(const DramPlace& place, bool write, Picoseconds end);
    /// All banks are refreshed until `end`, which leaves their rows closed.
    void refresh(Picoseconds end);
    [[nodiscard]] std::uint64_t activates() const { return activates_; }
    void append_state(Picoseconds now, std::vector<std::uint64_t>& state) const;

private:
    struct Bank {
        std::optional<std::uint64_t> row;  ///< open
        Picoseconds activate_ready = 0, precharge_ready = 0, column_ready = 0;
    };
    struct Rank {
        Picoseconds activate_ready = 0;       ///< tRRD_S
        std::array<Picoseconds, 4> window{};  ///< tFAW after each of the latest four activates, oldest at `oldest`
        std::size_t oldest = 0;
    };
    void note_activate(const DramPlace& place, Picoseconds at);

    DramParams params_;
    std::vector<Bank> banks_;
    std::vector<Rank> ranks_;
    std::vector<Picoseconds> group_ready_;  ///< tRRD_L, by rank and group
    std::uint64_t activates_ = 0;
};

}  // namespace dyad::sim
