// SPDX-License-Identifier: Apache-2.0
#include "sim/dram_params.hpp"

#include <algorithm>

namespace dyad::sim {
namespace {

using hw_space::DramField;

std::uint64_t whole_bursts(std::uint64_t wanted, std::uint64_t burst, std::uint64_t row) {
    auto unit = core::ceil_div(wanted, burst) * burst;
    while (unit < row && row % unit != 0) unit += burst;
    return std::min(unit, row);
}

/// Bytes in one channel before the next one's turn: all that the fields below it span.
std::uint64_t channel_unit(const hw_space::Dram& dram, std::uint64_t request) {
    std::uint64_t bytes = dram.standard->burst().count();
    bool above_column = false;
    for (auto field = dram.mapping.rbegin(); *field != DramField::channel; ++field) {
        above_column = above_column || *field == DramField::column;
        bytes *= dram.count(*field);
    }
    return above_column ? bytes : whole_bursts(request, dram.standard->burst().count(), dram.standard->row.count());
}

void set_times(DramParams& params, const hw_space::DramStandard& standard) {
    params.cas = picoseconds(standard.cas);
    params.cwl = picoseconds(standard.cwl);
    params.rcd = picoseconds(standard.rcd);
    params.precharge = picoseconds(standard.precharge);
    params.ras = picoseconds(standard.ras);
    params.rrd_s = picoseconds(standard.rrd_s);
    params.rrd_l = picoseconds(standard.rrd_l);
    params.faw = picoseconds(standard.faw);
    params.read_to_precharge = picoseconds(standard.read_to_precharge);
    params.write_recovery = picoseconds(standard.write_recovery);
    params.wtr_s = picoseconds(standard.wtr_s);
    params.wtr_l = picoseconds(standard.wtr_l);
    params.read_to_write = picoseconds(standard.read_to_write);
    params.rank_switch = picoseconds(standard.rank_switch);
    params.refresh_time = picoseconds(standard.refresh_time);
}

}  // namespace

std::uint64_t DramParams::count(DramField field) const {
    switch (field) {
        case DramField::row:
            return rows;
        case DramField::rank:
            return ranks;
        case DramField::bank_group:
            return groups;
        case DramField::bank:
            return banks;
        case DramField::column:
            return row / burst;
        case DramField::channel:
            break;
    }
    return channels;
}

std::uint64_t DramParams::interleaved() const {
    std::uint64_t result = 1;
    for (auto field = mapping.rbegin(); *field != DramField::column; ++field)
        if (*field != DramField::channel) result *= count(*field);
    return result;
}

std::uint64_t DramParams::rotation() const {
    auto bytes = page(), result = bytes;
    bool above = false;
    for (auto field = mapping.rbegin(); field != mapping.rend(); ++field) {
        above = above || *field == DramField::column;
        if (!above || *field == DramField::column || *field == DramField::channel) continue;
        bytes *= std::max<std::uint64_t>(count(*field), 1);
        if (*field != DramField::row && count(*field) > 1) result = bytes;
    }
    return result;
}

DramPlace DramParams::place(std::uint64_t page, std::uint64_t index) const {
    DramPlace place;
    auto* rest = &index;
    for (auto field = mapping.rbegin(); field != mapping.rend(); ++field) {
        if (*field == DramField::column) rest = &page;
        if (*field == DramField::column || *field == DramField::channel) continue;
        const auto n = count(*field);
        if (n == 1) continue;  // most fields: a division is slow
        const auto value = n == 0 ? *rest : *rest % n;
        *rest = n == 0 ? 0 : *rest / n;
        if (*field == DramField::row) place.row = value;
        if (*field == DramField::rank) place.rank = value;
        if (*field == DramField::bank_group) place.group = value;
        if (*field == DramField::bank) place.bank = value;
    }
    place.row += rows * page;  // what is left: how often the addresses have gone round
    place.bank += (place.rank * groups + place.group) * banks;
    return place;
}

DramParams dram_params(const hw_space::Dram& dram, core::Bytes interleave) {
    const auto& standard = *dram.standard;
    DramParams params;
    params.channels = dram.channels;
    params.ranks = dram.ranks;
    params.groups = standard.bank_groups;
    params.banks = standard.banks;
    params.row = standard.row.count();
    params.rows = dram.count(DramField::row);
    params.burst = standard.burst().count();
    params.mapping = dram.mapping;
    params.interleave = channel_unit(dram, interleave.count());
    params.burst_time = picoseconds(dram.burst_pace());
    set_times(params, standard);
    params.refresh_interval = dram.refresh ? picoseconds(standard.refresh_interval) : 0;
    params.link = static_cast<std::uint64_t>(dram.link.count());
    return params;
}

}  // namespace dyad::sim
