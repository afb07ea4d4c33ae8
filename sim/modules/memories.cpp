// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/memories.hpp"

#include <fmt/format.h>

namespace dyad::sim {
namespace {

bool is_outside(const tlm::tlm_generic_payload& tx, std::uint64_t capacity) {
    return tx.get_address() > capacity || tx.get_data_length() > capacity - tx.get_address();
}

}  // namespace

Dram::Dram(const sc_core::sc_module_name& name, const DramParams& params, std::uint64_t capacity, Journal& journal)
    : sc_module(name), timing_(params), capacity_(capacity), journal_(journal) {
    in.register_b_transport(this, &Dram::b_transport);
    for (unsigned c = 0; c < params.channels; ++c)
        tracks_.push_back(journal.track(fmt::format("{} channel {}", basename(), c)));
}

void Dram::b_transport(tlm::tlm_generic_payload& tx, sc_core::sc_time& delay) {
    if (tx.get_data_length() > capacity_) return tx.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    auto* streaming = tx.get_extension<Streaming>();
    if (streaming == nullptr) return tx.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
    const auto now = kernel_time();
    const Access access{tx.get_address(), tx.get_data_length(), tx.is_write()};
    streaming->served = timing_.serve(access, now + delay.value(), streaming->window);
    delay = as_sc_time(streaming->served.done - now);
    tx.set_response_status(tlm::TLM_OK_RESPONSE);
    if (journal_.trace) trace(tx);
}

void Dram::trace(const tlm::tlm_generic_payload& tx) {
    const auto skipped = journal_.skipped;
    Picoseconds begin = 0, end = 0;
    for (std::size_t c = 0; c < tracks_.size(); ++c) {
        const auto [from, to] = timing_.last_transfer(c);
        if (to == 0) continue;
        journal_.trace->slice(tracks_[c], tx.is_read() ? "read" : "write", from + skipped, to + skipped);
        begin = end == 0 ? from : std::min(begin, from);
        end = std::max(end, to);
    }
    if (end == 0) return;
    const auto name = fmt::format("{} GB/s", basename());
    if (begin + skipped > traced_) journal_.trace->counter(name, traced_, 0);
    journal_.trace->counter(name, begin + skipped, 1e3 * tx.get_data_length() / static_cast<double>(end - begin));
    traced_ = end + skipped;
}

Buffer::Buffer(const sc_core::sc_module_name& name, BufferBanks banks) : sc_module(name), banks_(std::move(banks)) {
    in.register_b_transport(this, &Buffer::b_transport);
}

void Buffer::b_transport(tlm::tlm_generic_payload& tx, sc_core::sc_time& delay) {
    if (is_outside(tx, banks_.size())) return tx.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    const auto now = kernel_time();
    delay = as_sc_time(banks_.pass(now + delay.value(), tx.get_address(), tx.get_data_length()) - now);
    tx.set_response_status(tlm::TLM_OK_RESPONSE);
}

}  // namespace dyad::sim
