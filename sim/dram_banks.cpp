// SPDX-License-Identifier: Apache-2.0
#include "sim/dram_banks.hpp"

#include <algorithm>

namespace dyad::sim {

DramBanks::DramBanks(const DramParams& params)
    : params_(params),
      banks_(params.all_banks()),
      ranks_(params.ranks),
      group_ready_(std::size_t{params.ranks} * params.groups) {}

Picoseconds DramBanks::open(const DramPlace& place, Picoseconds arrival) {
    auto& bank = banks_[place.bank];
    if (bank.row == place.row) return std::max(arrival, bank.column_ready);
    const auto& rank = ranks_[place.rank];
    auto activate = std::max({arrival, bank.activate_ready, rank.activate_ready, rank.window[rank.oldest],
                              group_ready_[place.rank * params_.groups + place.group]});
    if (bank.row) activate = std::max(activate, std::max(arrival, bank.precharge_ready) + params_.precharge);
    bank.row = place.row;
    bank.precharge_ready = activate + params_.ras;
    bank.activate_ready = bank.precharge_ready + params_.precharge;
    bank.column_ready = activate + params_.rcd;
    note_activate(place, activate);
    return bank.column_ready;
}

void DramBanks::note_activate(const DramPlace& place, Picoseconds at) {
    auto& rank = ranks_[place.rank];
    rank.activate_ready = at + params_.rrd_s;
    group_ready_[place.rank * params_.groups + place.group] = at + params_.rrd_l;
    rank.window[rank.oldest] = at + params_.faw;
    rank.oldest = (rank.oldest + 1) % rank.window.size();
    ++activates_;
}

void DramBanks::accessed(const DramPlace& place, bool write, Picoseconds end) {
    auto& bank = banks_[place.bank];
    const auto command = ahead(end, params_.burst_time + params_.cas);  // of the last read
    const auto ready = write ? end + params_.write_recovery : command + params_.read_to_precharge;
    bank.precharge_ready = std::max(bank.precharge_ready, ready);
}

void DramBanks::refresh(Picoseconds end) {
    for (auto& bank : banks_) {
        bank.row.reset();
        bank.activate_ready = std::max(bank.activate_ready, end);
    }
}

void DramBanks::append_state(Picoseconds now, std::vector<std::uint64_t>& state) const {
    for (const auto& bank : banks_) {
        state.push_back(ahead(bank.activate_ready, now));
        state.push_back(bank.row ? 1 + ahead(bank.precharge_ready, now) : 0);
        state.push_back(ahead(bank.column_ready, now));
    }
    for (const auto ready : group_ready_) state.push_back(ahead(ready, now));
    for (const auto& rank : ranks_) {
        state.push_back(ahead(rank.activate_ready, now));
        for (std::size_t back = 0; back < rank.window.size(); ++back)
            state.push_back(ahead(rank.window[(rank.oldest + back) % rank.window.size()], now));
    }
}

}  // namespace dyad::sim
