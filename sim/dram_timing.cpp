// SPDX-License-Identifier: Apache-2.0
#include "sim/dram_timing.hpp"

#include <algorithm>

namespace dyad::sim {
DramChannel::DramChannel(const DramParams& params)
    : params_(params),
      interleaved_(params.interleaved()),
      stripe_(params.stripe()),
      horizon_(4 * (params.ras + params.precharge + params.rcd + params.cas + params.cwl + params.faw + params.wtr_l +
                    params.write_recovery + params.rrd_l * interleaved_)),
      banks_(params),
      before_(params),
      next_refresh_(params.refresh_interval) {}

bool DramChannel::is_open(std::uint64_t local) const {
    return banks_.is_open(places(local / stripe_)[local / params_.burst % interleaved_]);
}

Served DramChannel::serve(std::uint64_t local, std::uint64_t bytes, bool write, Picoseconds now, Window window) {
    const auto before = banks_.activates();
    const auto reach = std::max(window.bytes, window.request);
    last_transfer_ = {};
    if (requesters_.size() <= window.requester) requesters_.resize(window.requester + 1);
    auto& requester = requesters_[window.requester];
    const auto pace = pace_of(window);
    while (bytes > 0) {
        const auto part = std::min(bytes, stripe_ - local % stripe_);
        const auto arrival = std::max(now, delivered(requester, requester.position + window.request, reach));
        transfer({places(local / stripe_), local / params_.burst % interleaved_, part, bursts(part), write}, arrival,
                 pace, requester);
        local += part;
        bytes -= part;
    }
    const auto issued = std::max(now, delivered(requester, requester.position, reach));
    std::erase_if(requester.deliveries, [&](const Delivery& d) { return d.end + reach < requester.position; });
    return {issued, requester.end, banks_.activates() - before};
}

/// When all but the last `under_way` of the first `bytes` bytes have crossed the bus.
Picoseconds DramChannel::delivered(const Requester& requester, std::uint64_t bytes, std::uint64_t under_way) {
    if (bytes <= under_way) return 0;
    const auto position = bytes - under_way;
    for (const auto& d : requester.deliveries)
        if (position <= d.end)
            return position <= d.begin
                       ? d.from
                       : d.from + core::ceil_div((position - d.begin) * (d.to - d.from), d.end - d.begin);
    return requester.end;
}

const std::vector<DramPlace>& DramChannel::places(std::uint64_t page) const {
    auto& known = places_[page % places_.size()];
    if (known.page == page && !known.banks.empty()) return known.banks;
    known.page = page;
    known.banks.clear();
    for (std::uint64_t index = 0; index < interleaved_; ++index) known.banks.push_back(params_.place(page, index));
    return known.banks;
}

std::uint64_t DramChannel::bursts(std::uint64_t bytes) const { return core::ceil_div(bytes, params_.burst); }

/// How long the data bus must rest before the first burst of a segment. A read waits for the end of a write to its own
/// bank group longer (tWTR_L) than for another group's (tWTR_S): its burst to that group may be a later one.
Picoseconds DramChannel::bus_gap(const Segment& segment) const {
    if (!last_) return 0;
    const auto& first = segment.place(0);
    if (first.rank != last_->rank) return params_.rank_switch;
    if (segment.write == last_->write) return 0;
    if (segment.write) return params_.read_to_write;
    auto gap = params_.wtr_s + params_.cas;
    segment.for_each_bank([&](const DramPlace& place, std::uint64_t burst) {
        if (place.group == last_->group)
            gap = std::max(gap, ahead(params_.wtr_l + params_.cas, burst * params_.burst_time));
    });
    return gap;
}

/// When the first byte of a segment may cross the data bus; opens the rows of the banks that it rotates over.
Picoseconds DramChannel::data_start(const Segment& segment, Picoseconds arrival, const Requester& requester) {
    auto start = std::max(bus_free_, requester.end) + bus_gap(segment);
    const auto latency = segment.write ? params_.cwl : params_.cas;
    segment.for_each_bank([&](const DramPlace& place, std::uint64_t burst) {
        start = std::max(start, ahead(banks_.open(place, arrival) + latency, burst * params_.burst_time));
    });
    return start;
}

/// Of the bursts. Little's law: with too few bytes under way the requester, not the bus, sets it.
Picoseconds DramChannel::pace_of(const Window& window) const {
    const auto round_trip = params_.cas + core::ceil_div(window.request * params_.burst_time, params_.burst);
    return std::max(params_.burst_time, core::ceil_div(params_.burst * round_trip, window.bytes));
}

void DramChannel::transfer(Segment segment, Picoseconds arrival, Picoseconds pace, Requester& requester) {
    catch_up(arrival);
    const bool refreshing = params_.refresh_interval > 0;
    while (segment.bytes > 0) {
        const bool near = refreshing && std::max({arrival, bus_free_, requester.end}) + horizon_ >= next_refresh_;
        if (near) before_ = banks_;
        const auto start = data_start(segment, arrival, requester);
        if (near && start >= next_refresh_) {  // too late for this interval: the rows are opened after the refresh
            std::swap(banks_, before_);
            close_rows_for_refresh();
            continue;
        }
        const auto fit =
            refreshing ? std::min(segment.bursts, core::ceil_div(next_refresh_ - start, pace)) : segment.bursts;
        auto part = segment;
        part.bytes = std::min(segment.bytes, fit * params_.burst);
        part.bursts = fit;
        record(part, requester, start, start + fit * pace);
        segment.bytes -= part.bytes;
        segment.bursts -= fit;
        segment.first += fit;
        if (segment.bytes > 0) close_rows_for_refresh();
    }
}

void DramChannel::record(const Segment& segment, Requester& requester, Picoseconds from, Picoseconds to) {
    segment.for_each_bank([&](const DramPlace& place, std::uint64_t) { banks_.accessed(place, segment.write, to); });
    bus_free_ = from + segment.bursts * params_.burst_time;
    requester.end = to;
    if (last_transfer_.second == 0) last_transfer_.first = from;
    last_transfer_.second = to;
    const auto& last = segment.place(segment.bursts - 1);
    last_ = User{segment.write, last.rank, last.group};
    requester.deliveries.push_back({requester.position, requester.position + segment.bytes, from, to});
    requester.position += segment.bytes;
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
    banks_.refresh(next_refresh_ + params_.refresh_time);
    next_refresh_ += params_.refresh_interval;
}

void DramChannel::skip(Picoseconds skipped) {
    if (params_.refresh_interval == 0) return;
    const auto shift = skipped % params_.refresh_interval;
    next_refresh_ = next_refresh_ > shift ? next_refresh_ - shift : next_refresh_ + params_.refresh_interval - shift;
}

void DramChannel::append_open(std::uint64_t local, std::vector<std::uint64_t>& state) const {
    for (const auto& place : places(local / stripe_)) state.push_back(banks_.is_open(place));
}

void DramChannel::append_state(Picoseconds now, std::vector<std::uint64_t>& state) const {
    state.push_back(last_ ? 1 + last_->write + 2 * (last_->rank * params_.groups + last_->group) : 0);
    const auto gap = std::max({params_.read_to_write, params_.wtr_l + params_.cas, params_.rank_switch});
    state.push_back(ahead(bus_free_ + gap, now));
    banks_.append_state(now, state);
    for (const auto& requester : requesters_) {
        state.push_back(ahead(requester.end + gap, now));
        for (const auto& d : requester.deliveries) {
            if (d.to <= now) continue;
            state.push_back(requester.position - d.end);
            state.push_back(d.end - d.begin);
            state.push_back(d.to - now);
            state.push_back(d.to - d.from);
        }
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

void DramTiming::append_open(std::uint64_t address, std::vector<std::uint64_t>& state) const {
    const auto page = address / params_.page() * params_.page(), step = std::min(params_.interleave, params_.stripe());
    for (std::size_t c = 0; c < channels_.size(); ++c) {  // a stripe in each channel, or all of them in one
        const auto at = page + c * step, channel = at / params_.interleave % params_.channels;
        channels_[channel].append_open(local(at, channel), state);
    }
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
