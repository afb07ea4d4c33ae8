// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/dma.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace dyad::sim {
namespace {

const char* title(Purpose purpose) {
    return purpose == Purpose::prefetch ? "prefetch" : purpose == Purpose::load ? "load" : "store";
}

}  // namespace

std::uint64_t Transfer::left() const {
    std::uint64_t sum = shared - shared_moved;
    for (std::size_t o = 0; o < bytes.size(); ++o) sum += bytes[o] - moved[o];
    return sum;
}

bool Transfer::untouched() const { return shared_moved == 0 && moved == std::array<std::uint64_t, 3>{}; }

Dma::Dma(const sc_core::sc_module_name& name, Params params, DramTiming& dram, NetworkLinks& network, Journal& journal)
    : sc_module(name),
      out_buffers("out_buffers", params.targets.size()),
      params_(std::move(params)),
      dram_(dram),
      network_(network),
      journal_(journal),
      period_(std::lcm(dram.params().rotation(), std::bit_ceil(dram.params().page()))),
      issued_(params_.engines) {
    tx_.set_extension(&streaming_);
    tx_.set_streaming_width(0);
    for (unsigned e = 0; e < params_.engines; ++e)
        tracks_.push_back(journal.track(e == 0 ? "dma" : fmt::format("dma {}", e + 1)));
    SC_THREAD(serve);
    SC_METHOD(complete);
    sensitive << completed_;
    dont_initialize();
}

Dma::~Dma() { tx_.clear_extension(&streaming_); }

std::size_t Dma::add_stream(Requester& requester, Route route) {
    Stream stream{&requester, std::move(route), {}, {}};
    for (std::size_t o = 0; o < stream.next_address.size(); ++o) {
        const auto region = 3 * streams_.size() + o;
        stream.next_address[o] = region * params_.apart;
    }
    streams_.push_back(std::move(stream));
    return streams_.size() - 1;
}

void Dma::ask(std::size_t stream, Transfer transfer) {
    place(streams_[stream], transfer);
    streams_[stream].waiting.push_back(transfer);
    asked_.notify();
}

/// A tile of a page or more starts on a page of its own; smaller ones share pages, each on a power of two.
void Dma::place(Stream& stream, Transfer& transfer) {
    const auto page = dram_.params().page();
    auto& laid_out = journal_.steps[transfer.step].counts.laid_out;
    for (std::size_t o = 0; o < transfer.bytes.size(); ++o) {
        const auto bytes = transfer.bytes[o];
        if (bytes == 0) continue;
        const auto pitch = bytes >= page ? page : std::min(page, std::bit_ceil(std::max(bytes, dram_.params().burst)));
        auto& next = stream.next_address[o];
        transfer.address[o] = core::ceil_div(next, pitch) * pitch;
        const auto end = transfer.address[o] + core::ceil_div(bytes, pitch) * pitch;
        laid_out[transfer.purpose == Purpose::store ? laid_out.size() - 1 : o] += end - next;
        next = end;
    }
}

void Dma::skip(Picoseconds time, const Counts& counts, std::size_t load_stream, std::size_t store_stream) {
    auto& loads = streams_[load_stream].next_address;
    for (std::size_t o = 0; o < loads.size(); ++o) loads[o] += counts.laid_out[o] % period_;
    streams_[store_stream].next_address.back() += counts.laid_out.back() % period_;
    dram_.skip(time);
}

/// One process for all engines of the DMA, so that who serves whom depends on nothing but the times.
void Dma::serve() {
    while (true) {
        const auto now = kernel_time();
        const auto idle = std::ranges::min_element(issued_);
        if (*idle > now) {
            wait(as_sc_time(*idle - now));
            continue;
        }
        auto* stream = next_stream();
        if (stream == nullptr) {
            wait_for_stream();
            continue;
        }
        try {
            engine_ = static_cast<std::size_t>(std::ranges::find_if(issued_, [&](auto t) { return t <= now; }) -
                                               issued_.begin());
            move_chunk(*stream);
        } catch (...) {
            journal_.fail(std::current_exception());
            return;
        }
        issued_[engine_] = stream->served_until = chunk_issued_;
    }
}

/// When the first stream that asks is served no more; none when no stream asks.
std::optional<Picoseconds> Dma::next_release() const {
    std::optional<Picoseconds> first;
    for (const auto& stream : streams_)
        if (!stream.waiting.empty()) first = std::min(first.value_or(stream.served_until), stream.served_until);
    return first;
}

/// Until a stream asks, or one that asks already is served no more.
void Dma::wait_for_stream() {
    if (const auto first = next_release())
        wait(as_sc_time(*first - kernel_time()), asked_);
    else
        wait(asked_);
}

Dma::Stream* Dma::next_stream() {
    for (std::size_t turn = 0; turn < streams_.size(); ++turn) {
        const auto candidate = (turn_ + turn) % streams_.size();
        if (streams_[candidate].waiting.empty() || streams_[candidate].served_until > kernel_time()) continue;
        turn_ = candidate + 1;
        return &streams_[candidate];
    }
    return nullptr;
}

void Dma::move_chunk(Stream& stream) {
    auto& transfer = stream.waiting.front();
    const auto now = kernel_time();
    if (transfer.untouched()) transfer.begun = now + journal_.skipped;
    chunk_issued_ = chunk_done_ = now;
    auto budget = bursts_per_chunk * params_.window.request;
    for (std::size_t o = 0; o < transfer.bytes.size(); ++o) {
        const auto part = std::min(budget, transfer.bytes[o] - transfer.moved[o]);
        if (part == 0) continue;
        move_operand(stream, o, part);
        budget -= part;
    }
    if (const auto part = std::min(budget, transfer.shared - transfer.shared_moved); part > 0)
        move_shared(stream, part);
    if (transfer.left() == 0) finish(stream);
}

void Dma::move_operand(Stream& stream, std::size_t operand, std::uint64_t bytes) {
    auto& transfer = stream.waiting.front();
    access_dram(transfer, transfer.address[operand] + transfer.moved[operand], bytes);
    auto& counts = journal_.steps[transfer.step].counts;
    (transfer.purpose == Purpose::store ? counts.stored : counts.loaded[operand]) += bytes;
    counts.activates += streaming_.served.activates;
    fill_buffers(stream, operand, bytes);
    transfer.moved[operand] += bytes;
}

void Dma::access_dram(const Transfer& transfer, std::uint64_t address, std::uint64_t bytes) {
    tx_.set_command(transfer.purpose == Purpose::store ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    tx_.set_address(address);
    tx_.set_data_length(static_cast<unsigned>(bytes));
    tx_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    streaming_.window = params_.window;
    streaming_.window.requester = engine_;
    auto delay = sc_core::SC_ZERO_TIME;
    out_dram->b_transport(tx_, delay);
    check(tx_, params_.dram, transfer);
    chunk_issued_ = std::max(chunk_issued_, streaming_.served.issued);
    chunk_done_ = std::max(chunk_done_, streaming_.served.done);
}

void Dma::issued_until(Picoseconds through, Picoseconds arrived) {
    chunk_issued_ = std::max(chunk_issued_, through);
    chunk_done_ = std::max({chunk_done_, through, arrived});
}

void Dma::fill_buffers(const Stream& stream, std::size_t operand, std::uint64_t bytes) {
    const auto& transfer = stream.waiting.front();
    const bool store = transfer.purpose == Purpose::store;
    for (const auto t : stream.route.targets) {
        const auto& target = params_.targets[t];
        if (!target.keeps[operand]) continue;
        // Results stream through a buffer as they are finished (it may hold no more than the sums in work), so their
        // addresses go round; other operands must fit as they stand.
        const bool results = operand == static_cast<std::size_t>(models::Operand::outputs);
        const auto size = results || target.placed ? target.size : std::numeric_limits<std::uint64_t>::max();
        const auto place = target.placed ? transfer.place[operand] : 0;
        auto through = kernel_time();
        for (std::uint64_t at = place + transfer.moved[operand], end = at + bytes; at < end;) {
            const auto piece = std::min(end - at, size - at % size);
            through = pass_buffer(transfer, t, through, at % size, piece, store);
            at += piece;
        }
        const auto& path = store ? target.out : target.in;
        const auto arrived = network_.pass(path, kernel_time(), bytes);
        issued_until(std::max(through, arrived - path.latency), arrived);
    }
}

/// The core's own buffers and the one where tensors stay, at the same time.
void Dma::move_shared(Stream& stream, std::uint64_t bytes) {
    auto& transfer = stream.waiting.front();
    const bool store = transfer.purpose == Purpose::store;
    const auto& path = store ? stream.route.shared_out : stream.route.shared_in;
    for (const auto t : stream.route.targets) {
        const auto& target = params_.targets[t];
        if (!target.is_home && !target.is_own) continue;
        const bool reads = target.is_home != store;
        for (std::uint64_t at = transfer.shared_moved, end = at + bytes; at < end;) {
            const auto piece = std::min(end - at, target.size - at % target.size);
            issued_until(pass_buffer(transfer, t, kernel_time(), at % target.size, piece, reads), 0);
            at += piece;
        }
    }
    const auto arrived = network_.pass(path, kernel_time(), bytes);
    issued_until(arrived - path.latency, arrived);
    transfer.shared_moved += bytes;
}

Picoseconds Dma::pass_buffer(const Transfer& transfer, std::size_t target, Picoseconds now, std::uint64_t at,
                             std::uint64_t bytes, bool read) {
    auto delay = as_sc_time(now - kernel_time());
    tx_.set_command(read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
    tx_.set_address(at);
    tx_.set_data_length(static_cast<unsigned>(bytes));
    tx_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    out_buffers[target]->b_transport(tx_, delay);
    check(tx_, params_.targets[target].name, transfer);
    return kernel_time() + delay.value();
}

void Dma::check(const tlm::tlm_generic_payload& tx, const std::string& memory, const Transfer& transfer) const {
    if (tx.get_response_status() == tlm::TLM_OK_RESPONSE) return;
    throw std::runtime_error(
        fmt::format("{}: address {:#x} ({} bytes) is outside it; asked for by the {} of tile {} of step {} '{}'",
                    memory, tx.get_address(), tx.get_data_length(), title(transfer.purpose), transfer.tile,
                    transfer.step, journal_.name(transfer.step)));
}

/// The last chunk of a transfer is under way: its end is reported when its last byte has arrived.
void Dma::finish(Stream& stream) {
    const auto& transfer = stream.waiting.front();
    chunk_done_ = stream.ends = std::max(stream.ends, chunk_done_);
    if (journal_.trace)
        journal_.trace->slice(
            tracks_[engine_],
            fmt::format("{} {} {}", journal_.name(transfer.step), title(transfer.purpose), transfer.tile),
            transfer.begun, chunk_done_ + journal_.skipped);
    const auto later = std::ranges::upper_bound(completions_, chunk_done_, {}, &Completion::time);
    const bool first = later == completions_.begin();
    completions_.insert(later, {chunk_done_, stream.requester, transfer});
    stream.waiting.pop_front();
    if (first) completed_.notify(as_sc_time(chunk_done_ - kernel_time()));
}

void Dma::complete() {
    while (!completions_.empty() && completions_.front().time <= kernel_time()) {
        const auto done = completions_.front();
        completions_.erase(completions_.begin());
        done.requester->transferred(done.transfer);
    }
    if (!completions_.empty()) completed_.notify(as_sc_time(completions_.front().time - kernel_time()));
}

bool Dma::serves_others(std::size_t load_stream, std::size_t store_stream) const {
    const auto* engine = streams_[load_stream].requester;
    for (std::size_t s = 0; s < streams_.size(); ++s)
        if (s != load_stream && s != store_stream && !streams_[s].waiting.empty()) return true;
    return std::ranges::any_of(completions_, [&](const Completion& done) { return done.requester != engine; });
}

void Dma::append_place(std::uint64_t address, std::vector<std::uint64_t>& state) const {
    state.push_back(address % period_);
    dram_.append_open(address, state);
}

void Dma::append_state(std::size_t load_stream, std::size_t store_stream, std::vector<std::uint64_t>& state) const {
    const auto now = kernel_time();
    state.push_back(turn_);
    for (const auto issued : issued_) state.push_back(ahead(issued, now));
    for (const auto number : {load_stream, store_stream}) {
        const auto& stream = streams_[number];
        state.push_back(stream.waiting.size());
        state.push_back(ahead(stream.ends, now));
        state.push_back(ahead(stream.served_until, now));
        for (const auto& transfer : stream.waiting) {
            state.push_back(transfer.shared - transfer.shared_moved);
            for (std::size_t o = 0; o < transfer.bytes.size(); ++o) {
                state.push_back(transfer.bytes[o] - transfer.moved[o]);
                if (transfer.bytes[o] > 0) append_place(transfer.address[o] + transfer.moved[o], state);
            }
        }
        for (const auto next : stream.next_address) append_place(next, state);
    }
    for (const auto& done : completions_) {
        state.push_back(done.time - now);
        state.push_back(static_cast<std::uint64_t>(done.transfer.purpose));
    }
    dram_.append_state(now, state);
    network_.append_state(now, state);
}

}  // namespace dyad::sim
