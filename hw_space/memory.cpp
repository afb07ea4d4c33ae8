// SPDX-License-Identifier: Apache-2.0
#include "hw_space/memory.hpp"

#include <algorithm>

namespace dyad::hw_space {

core::BytesPerSecond Dram::peak() const {
    const core::BytesPerSecond all(channels * standard->peak().count());
    return link.count() > 0 ? std::min(all, link) : all;
}

core::Bytes Dram::capacity() const { return core::Bytes(standard->capacity.count() * ranks * channels); }

std::uint64_t Dram::count(DramField field) const {
    switch (field) {
        case DramField::row:
            return standard->capacity.count() / (standard->row.count() * standard->banks * standard->bank_groups);
        case DramField::rank:
            return ranks;
        case DramField::bank_group:
            return standard->bank_groups;
        case DramField::bank:
            return standard->banks;
        case DramField::column:
            return standard->row.count() / standard->burst().count();
        case DramField::channel:
            break;
    }
    return channels;
}

std::uint64_t Dram::interleaved_banks() const {
    std::uint64_t banks = 1;
    for (auto field = mapping.rbegin(); *field != DramField::column; ++field)
        if (*field != DramField::channel) banks *= count(*field);
    return banks;
}

core::Seconds Dram::burst_pace() const {
    const core::Seconds on_bus(standard->burst_length / standard->transfers_per_s);
    auto same_group = standard->ccd_l.count(), rank_switch = 0.0;
    std::uint64_t below = 1;  // banks over which consecutive bursts go round before this field changes
    for (auto field = mapping.rbegin(); *field != DramField::column; ++field) {
        if (*field == DramField::bank_group && below == 1 && standard->bank_groups > 1)
            same_group = std::max(standard->ccd_s.count(), same_group / standard->bank_groups);
        if (*field == DramField::rank && ranks > 1)
            rank_switch = standard->rank_switch.count() / static_cast<double>(below);
        if (*field != DramField::channel) below *= count(*field);
    }
    return core::Seconds(std::max(on_bus.count(), same_group) + rank_switch);
}

}  // namespace dyad::hw_space
