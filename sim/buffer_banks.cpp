// SPDX-License-Identifier: Apache-2.0
#include "sim/buffer_banks.hpp"

#include <algorithm>

namespace dyad::sim {
namespace {

std::size_t separate_banks(const hw_space::Buffer& buffer) {
    return buffer.interleave == hw_space::Interleave::block ? buffer.banks : 1;
}

}  // namespace

BufferBanks::BufferBanks(Clock clock, const hw_space::Buffer& buffer, std::size_t engines)
    : size_(buffer.size.count()),
      bank_size_(std::max<std::uint64_t>(1, size_ / separate_banks(buffer))),
      banks_(separate_banks(buffer), BufferPorts(clock, buffer.per_cycle().count() / separate_banks(buffer), engines)),
      asked_(banks_.size()) {}

Picoseconds BufferBanks::pass(Picoseconds now, std::uint64_t address, std::uint64_t bytes) {
    if (!placed()) return banks_.front().pass(now, bytes);
    auto end = now;
    while (bytes > 0) {
        const auto part = std::min(bytes, bank_size_ - address % bank_size_);
        end = banks_[address / bank_size_ % banks_.size()].pass(end, part);
        address += part;
        bytes -= part;
    }
    return end;
}

/// Adds what a span asks of each bank.
void BufferBanks::spread(const Span& span) {
    if (span.bytes == 0) return;
    const auto extent = std::max<std::uint64_t>(1, span.extent > 0 ? span.extent : span.bytes);
    const auto first = span.address / bank_size_, last = (span.address + extent - 1) / bank_size_;
    const auto touched = std::min<std::uint64_t>(last - first + 1, banks_.size());
    for (std::uint64_t bank = first; bank < first + touched; ++bank)
        asked_[bank % banks_.size()] += core::ceil_div(span.bytes, touched);
}

void BufferBanks::begin(std::size_t engine, Picoseconds now, Picoseconds duration, const std::vector<Span>& spans) {
    std::ranges::fill(asked_, 0);
    for (const auto& span : spans) spread(span);
    for (std::size_t bank = 0; bank < banks_.size(); ++bank) banks_[bank].begin(engine, now, duration, asked_[bank]);
}

Picoseconds BufferBanks::short_by(std::size_t engine, Picoseconds now) const {
    Picoseconds most = 0;
    for (const auto& bank : banks_) most = std::max(most, bank.short_by(engine, now));
    return most;
}

void BufferBanks::append_state(Picoseconds now, std::vector<std::uint64_t>& state) const {
    for (const auto& bank : banks_) state.push_back(bank.busy(now));
}

}  // namespace dyad::sim
