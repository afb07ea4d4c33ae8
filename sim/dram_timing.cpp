// SPDX-License-Identifier: Apache-2.0
#include "sim/dram_timing.hpp"

#include <algorithm>

namespace dyad::sim {
namespace {

std::uint64_t interleave_of(std::uint64_t wanted, std::uint64_t burst, std::uint64_t row) {
    auto unit = core::ceil_div(wanted, burst) * burst;
    while (unit < row && row % unit != 0) unit += burst;
    return std::min(unit, row);
}

/// How far `time` lies ahead: what is past does not matter any more.
std::uint64_t ahead(Picoseconds time, Picoseconds now) { return time > now ? time - now : 0; }

}  // namespace

DramParams dram_params(const hw_space::Dram& dram, core::Bytes interleave) {
    const auto& standard = *dram.standard;
    DramParams params;
    params.channels = dram.channels;
    params.banks = standard.banks;
    params.row = standard.row.count();
    params.burst = standard.burst().count();
    params.interleave = interleave_of(interleave.count(), params.burst, params.row);
    // A link narrower than the channels paces them all alike.
    const core::BytesPerSecond channel_rate(dram.peak().count() / dram.channels);
    params.burst_time = picoseconds(standard.burst() / channel_rate);
    params.cas = picoseconds(standard.cas);
    params.rcd = picoseconds(standard.rcd);
    params.precharge = picoseconds(standard.precharge);
    params.row_cycle = picoseconds(standard.row_cycle);
    params.read_to_write = picoseconds(standard.read_to_write);
    params.write_to_read = picoseconds(standard.write_to_read);
    params.refresh_interval = dram.refresh ? picoseconds(standard.refresh_interval) : 0;
    params.refresh_time = picoseconds(standard.refresh_time);
    params.link = static_cast<std::uint64_t>(dram.link.count());
    return params;
}

DramChannel::DramChannel(const DramParams& params)
    : params_(params), banks_(params.banks), next_refresh_(params.refresh_interval) {}

bool DramChannel::is_open(std::uint64_t local) const {
    const auto page = local / params_.row;
    return banks_[page % params_.banks].row == page / params_.banks;
}

Served DramChannel::serve(std::uint64_t local, std::uint64_t bytes, bool write, Picoseconds now, Window window) {
    const auto before = activates_;
    const auto reach = std::max(window.bytes, window.request);
    last_transfer_ = {};
    while (bytes > 0) {
        const auto page = local / params_.row;
        const auto part = std::min(bytes, params_.row - local % params_.row);
        const auto arrival = std::max(now, delivered(position_ + window.request, reach));
        transfer({page % params_.banks, page / params_.banks, part, write}, arrival, window);
        local += part;
        bytes -= part;
    }
    const auto issued = std::max(now, delivered(position_, reach));
    std::erase_if(deliveries_, [&](const Delivery& d) { return d.end + reach < position_; });
    return {issued, bus_free_, activates_ - before};
}

/// When all but the last `under_way` of the first `bytes` bytes have crossed the bus.
Picoseconds DramChannel::delivered(std::uint64_t bytes, std::uint64_t under_way) const {
    if (bytes <= under_way) return 0;
    const auto position = bytes - under_way;
    for (const auto& d : deliveries_)
        if (position <= d.end)
            return position <= d.begin
                       ? d.from
                       : d.from + core::ceil_div((position - d.begin) * (d.to - d.from), d.end - d.begin);
    return bus_free_;
}

/// Opens the row if it is not open. Returns when a column of it may be asked for.
Picoseconds DramChannel::open(Bank& bank, std::uint64_t row, Picoseconds arrival) {
    if (bank.row == row) return std::max(arrival, bank.column_ready);
    auto activate = std::max(arrival, bank.activate_ready);
    if (bank.row) activate = std::max(activate, std::max(arrival, bank.precharge_ready) + params_.precharge);
    bank.row = row;
    bank.activate_ready = activate + params_.row_cycle;
    bank.precharge_ready = activate + params_.row_cycle - params_.precharge;
    bank.column_ready = activate + params_.rcd;
    ++activates_;
    return bank.column_ready;
}

/// When the first byte of a segment may cross the data bus.
Picoseconds DramChannel::data_start(const Segment& segment, Picoseconds arrival) {
    const auto column = open(banks_[segment.bank], segment.row, arrival);
    auto bus = bus_free_;
    if (last_write_ && *last_write_ != segment.write)
        bus += segment.write ? params_.read_to_write : params_.write_to_read;
    return std::max(column + params_.cas, bus);
}

void DramChannel::transfer(Segment segment, Picoseconds arrival, Window window) {
    catch_up(arrival);
    // Little's law: with too few bytes under way the requester, not the bus, sets the pace.
    const auto round_trip = params_.cas + core::ceil_div(window.request * params_.burst_time, params_.burst);
    const auto pace = std::max(params_.burst_time, core::ceil_div(params_.burst * round_trip, window.bytes));
    const bool refreshing = params_.refresh_interval > 0;
    while (segment.bytes > 0) {
        const auto before = banks_[segment.bank];
        const auto activates = activates_;
        const auto start = data_start(segment, arrival);
        if (refreshing && start >= next_refresh_) {  // too late for this interval: the row is opened after the refresh
            banks_[segment.bank] = before;
            activates_ = activates;
            close_rows_for_refresh();
            continue;
        }
        const auto bursts = core::ceil_div(segment.bytes, params_.burst);
        const auto fit = refreshing ? std::min(bursts, core::ceil_div(next_refresh_ - start, pace)) : bursts;
        auto part = segment;
        part.bytes = std::min(segment.bytes, fit * params_.burst);
        record(part, start, start + fit * pace);
        segment.bytes -= part.bytes;
        if (segment.bytes > 0) close_rows_for_refresh();
    }
}

void DramChannel::record(const Segment& segment, Picoseconds from, Picoseconds to) {
    auto& bank = banks_[segment.bank];
    bank.precharge_ready = std::max(bank.precharge_ready, to);
    bus_free_ = to;
    if (last_transfer_.second == 0) last_transfer_.first = from;
    last_transfer_.second = to;
    last_write_ = segment.write;
    deliveries_.push_back({position_, position_ + segment.bytes, from, to});
    position_ += segment.bytes;
}

/// Refreshes that fell due while nothing was asked for.
void DramChannel::catch_up(Picoseconds arrival) {
    const auto interval = params_.refresh_interval;
    if (interval == 0 || arrival < next_refresh_) return;
    next_refresh_ += (arrival - next_refresh_) / interval * interval;
    close_rows_for_refresh();
}

/// All banks are refreshed at once, which leaves their rows closed.
void DramChannel::close_rows_for_refresh() {
    const auto end = next_refresh_ + params_.refresh_time;
    next_refresh_ += params_.refresh_interval;
    for (auto& bank : banks_) {
        bank.row.reset();
        bank.activate_ready = std::max(bank.activate_ready, end);
    }
}

void DramChannel::skip(Picoseconds skipped) {
    if (params_.refresh_interval == 0) return;
    const auto shift = skipped % params_.refresh_interval;
    next_refresh_ = next_refresh_ > shift ? next_refresh_ - shift : next_refresh_ + params_.refresh_interval - shift;
}

void DramChannel::append_state(Picoseconds now, std::vector<std::uint64_t>& state) const {
    state.push_back(last_write_ ? 1 + *last_write_ : 0);
    state.push_back(ahead(bus_free_ + std::max(params_.read_to_write, params_.write_to_read), now));
    for (const auto& bank : banks_) {
        state.push_back(ahead(bank.activate_ready, now));
        state.push_back(bank.row ? 1 + ahead(bank.precharge_ready, now) : 0);
        state.push_back(ahead(bank.column_ready, now));
    }
    for (const auto& d : deliveries_) {
        if (d.to <= now) continue;
        state.push_back(position_ - d.end);
        state.push_back(d.end - d.begin);
        state.push_back(d.to - now);
        state.push_back(d.to - d.from);
    }
}

DramTiming::DramTiming(const DramParams& params)
    : params_(params), channels_(params.channels, DramChannel(params)), touched_(params.channels) {}

std::uint64_t DramTiming::local(std::uint64_t address, std::uint64_t channel) const {
    const auto unit = params_.interleave, stripe = unit * params_.channels;
    const auto rest = address % stripe, before = channel * unit;
    return address / stripe * unit + (rest > before ? std::min(rest - before, unit) : 0);
}

bool DramTiming::is_open(std::uint64_t address) const {
    const auto channel = address / params_.interleave % params_.channels;
    return channels_[channel].is_open(local(address, channel));
}

std::pair<Picoseconds, Picoseconds> DramTiming::last_transfer(std::size_t channel) const {
    return touched_[channel] ? channels_[channel].last_transfer() : std::pair<Picoseconds, Picoseconds>{};
}

Served DramTiming::serve(const Access& access, Picoseconds now, Window window) {
    auto share = window;
    share.bytes = std::max<std::uint64_t>(1, window.bytes / params_.channels);
    Served served{now, now, 0};
    for (std::uint64_t c = 0; c < params_.channels; ++c) {
        const auto begin = local(access.address, c), end = local(access.address + access.bytes, c);
        touched_[c] = begin != end;
        if (begin == end) continue;
        const auto part = channels_[c].serve(begin, end - begin, access.write, now, share);
        served.issued = std::max(served.issued, part.issued);
        served.done = std::max(served.done, part.done);
        served.activates += part.activates;
    }
    if (params_.link > 0) pass_link(served, access.bytes, window);
    return served;
}

Picoseconds DramTiming::link_time(std::uint64_t bytes) const {
    return scaled_up(bytes, 1'000'000'000'000, params_.link);
}

void DramTiming::pass_link(Served& served, std::uint64_t bytes, Window window) {
    auto first = served.done;
    for (std::size_t c = 0; c < channels_.size(); ++c)
        if (touched_[c]) first = std::min(first, channels_[c].last_transfer().first);
    link_free_ = std::max(link_free_, first) + link_time(bytes);
    served.done = std::max(served.done, link_free_);
    const auto under_way = link_time(window.bytes);
    if (link_free_ > under_way) served.issued = std::max(served.issued, link_free_ - under_way);
}

void DramTiming::skip(Picoseconds skipped) {
    for (auto& channel : channels_) channel.skip(skipped);
}

void DramTiming::append_state(Picoseconds now, std::vector<std::uint64_t>& state) const {
    state.push_back(ahead(link_free_, now));
    for (const auto& channel : channels_) channel.append_state(now, state);
}

}  // namespace dyad::sim
