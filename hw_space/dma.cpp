// SPDX-License-Identifier: Apache-2.0
#include "hw_space/dma.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dyad::hw_space {

core::Seconds round_trip(const Dram& dram, const Dma& dma) {
    const auto burst = static_cast<double>(dram.standard->burst().count());
    return core::Seconds(dram.standard->cas.count() +
                         static_cast<double>(dma.burst.count()) / burst * dram.burst_pace().count());
}

std::string dma_shortage(const Accelerator& chip) {
    const auto& dram = chip.dram;
    const auto& dma = chip.dma;
    const auto delay = round_trip(dram, dma);
    const auto channels =
        dram.channels * static_cast<double>(dram.standard->burst().count()) / dram.burst_pace().count();
    const core::BytesPerSecond rate(dram.link.count() > 0 ? std::min(channels, dram.link.count()) : channels);
    const auto needed = rate.count() * delay.count(), request = static_cast<double>(dma.engines * dma.burst.count());
    const auto under_way = request * dma.outstanding;
    if (under_way >= needed) return "";
    return fmt::format(
        "the DMA has {} x {} requests of {} = {:.0f} B under way, the DRAM's {} x {} (column access and a request on "
        "the "
        "bus) = {:.0f} B: it moves {} at most; dma: {{outstanding: {}}} keeps the DRAM busy",
        dma.engines, dma.outstanding, to_text(dma.burst), under_way, to_text(rate), to_text(delay), needed,
        to_text(core::BytesPerSecond(under_way / delay.count())), std::ceil(needed / request));
}

}  // namespace dyad::hw_space
