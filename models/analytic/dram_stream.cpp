// SPDX-License-Identifier: Apache-2.0
#include "models/analytic/dram_stream.hpp"

#include <algorithm>
#include <bit>

#include "hw_space/dma.hpp"

namespace dyad::models {

DramStream::DramStream(const hw_space::Accelerator& chip, std::uint64_t sharers)
    : DramStream(chip.dram, chip.dma, sharers) {
    if (chip.network.topology != hw_space::Topology::direct) {
        const auto width = static_cast<double>(chip.network.width.count()) * chip.clock.count();
        link_ = link_ > 0 ? std::min(link_, width) : width;
    }
    narrowest_ = chip.cores.given ? chip.cores.link.rate.count() : 0;
    if (chip.cores.given) column_ += chip.cores.link.latency.count();
}

DramStream::DramStream(const hw_space::Dram& dram, const hw_space::Dma& dma, std::uint64_t sharers)
    : sharers_(static_cast<double>(sharers)),
      channels_(dram.channels),
      interleave_(dma.burst.count()),
      burst_(dram.standard->burst().count()),
      row_(dram.standard->row.count()),
      banks_(dram.interleaved_banks()),
      link_(dram.link.count()) {
    const auto& standard = *dram.standard;
    const auto on_bus = dram.burst_pace().count();
    const auto burst = static_cast<double>(burst_), request = static_cast<double>(interleave_);
    const auto round_trip = hw_space::round_trip(dram, dma).count();
    const auto at_work = static_cast<double>(std::min<std::uint64_t>(dma.engines, sharers));
    const auto under_way = request * dma.outstanding * at_work / static_cast<double>(channels_);
    burst_seconds_ = std::max(on_bus, burst * round_trip / under_way);
    column_ = standard.cas.count();
    open_row_ = standard.precharge.count() + standard.rcd.count();
    read_to_write_ = standard.read_to_write.count();
    write_to_read_ = standard.wtr_s.count() + column_;
    if (dram.interleaved_banks() < standard.bank_groups || standard.bank_groups == 1)
        write_to_read_ = standard.wtr_l.count() + column_;
    // The first request of a row leaves when the window has room for it, which is so much ahead of its data.
    const auto ahead = std::max(under_way - request, 0.0) / burst * burst_seconds_;
    exposed_row_ = std::max(0.0, open_row_ + column_ - ahead);
    const auto lost = standard.refresh_time.count() + standard.rcd.count() + standard.cas.count();
    const auto interval = standard.refresh_interval.count();
    stretch_ = dram.refresh && interval > lost ? interval / (interval - lost) : 1;
}

std::uint64_t DramStream::busiest_channel(std::uint64_t bytes) const {
    const auto stripe = interleave_ * channels_;
    return bytes / stripe * interleave_ + std::min(bytes % stripe, interleave_);
}

double DramStream::channel_seconds(std::uint64_t bytes) const {
    const auto bursts = core::ceil_div(busiest_channel(bytes), burst_);
    return static_cast<double>(bursts) * burst_seconds_ + stripes_in_channel(bytes) * exposed_row_;
}

double DramStream::through_link(double seconds, std::uint64_t bytes, double sharers) const {
    const auto moved = static_cast<double>(bytes);
    const auto port = link_ > 0 ? moved / link_ : 0;
    const auto alone = narrowest_ > 0 ? moved / narrowest_ : 0;
    return std::max(std::max(seconds * stretch_, port) * sharers, alone);
}

double DramStream::transfer_seconds(std::uint64_t bytes) const {
    return through_link(channel_seconds(bytes), bytes, sharers_);
}

double DramStream::bus_seconds(std::uint64_t bytes) const {
    return through_link(all_channels_seconds(bytes), bytes, sharers_);
}

double DramStream::lone_seconds(std::uint64_t bytes) const {
    return through_link(all_channels_seconds(bytes), bytes, 1);
}

double DramStream::all_channels_seconds(std::uint64_t bytes) const {
    // Tiles that are placed closer than a stripe take turns on the channels.
    const auto apart = std::max(pitch(bytes), interleave_), stripe = interleave_ * channels_;
    const auto turns = std::min(1.0, static_cast<double>(apart) / static_cast<double>(stripe));
    return channel_seconds(bytes) * turns;
}

std::uint64_t DramStream::pitch(std::uint64_t bytes) const {
    return bytes >= page() ? page() : std::min(page(), std::bit_ceil(std::max(bytes, burst_)));
}

double DramStream::stripes_in_channel(std::uint64_t bytes) const {
    if (bytes >= page()) return static_cast<double>(core::ceil_div(bytes, page()));
    return static_cast<double>(pitch(bytes)) / static_cast<double>(page());
}

double DramStream::idle_latency(std::uint64_t bytes) const {
    return column_ + std::min(1.0, stripes_in_channel(bytes)) * open_row_;
}

double DramStream::activates(std::uint64_t bytes) const {
    if (bytes == 0) return 0;
    const auto rest = bytes % page();
    const auto touched = std::min(channels_, core::ceil_div(rest, interleave_));
    const auto each = std::min(banks_, core::ceil_div(core::ceil_div(rest, touched + (touched == 0)), burst_));
    const auto whole = static_cast<double>(bytes / page() * banks_ * channels_);
    const auto shared = bytes >= page() ? 1 : static_cast<double>(pitch(bytes)) / static_cast<double>(page());
    return whole + shared * static_cast<double>(touched * each);
}

}  // namespace dyad::models
