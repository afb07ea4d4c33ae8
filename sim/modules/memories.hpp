// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <tlm_utils/simple_target_socket.h>

#include <systemc>
#include <tlm>

#include "sim/buffer_banks.hpp"
#include "sim/dram_timing.hpp"
#include "sim/journal.hpp"

namespace dyad::sim {

/// Rides on a DRAM transaction: how much its requester may have under way, and how it was served.
struct Streaming final : tlm::tlm_extension<Streaming> {
    Window window;
    Served served;
    [[nodiscard]] tlm_extension_base* clone() const override { return new Streaming(*this); }
    void copy_from(const tlm_extension_base& other) override { *this = static_cast<const Streaming&>(other); }
};

/// The off-chip memory. Blocking transport with annotated delay; requests arrive in the order of simulated time.
/// Addresses beyond its capacity are the memory laid out anew: rows that hold other tensors.
class Dram final : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Dram> in{"in"};
    Dram(const sc_core::sc_module_name& name, const DramParams& params, std::uint64_t capacity, Journal& journal);
    [[nodiscard]] DramTiming& timing() { return timing_; }

private:
    void b_transport(tlm::tlm_generic_payload& tx, sc_core::sc_time& delay);

    void trace(const tlm::tlm_generic_payload& tx);

    DramTiming timing_;
    const std::uint64_t capacity_;
    Journal& journal_;
    std::vector<std::size_t> tracks_;  ///< by channel
    Picoseconds traced_ = 0;           ///< up to here the bandwidth is drawn
};

/// An on-chip buffer. The DMA fills and drains it through `in`; engines share its banks for whole tiles.
class Buffer final : public sc_core::sc_module {
public:
    tlm_utils::simple_target_socket<Buffer> in{"in"};
    Buffer(const sc_core::sc_module_name& name, BufferBanks banks);
    [[nodiscard]] BufferBanks& banks() { return banks_; }
    /// Room that tiles take, or give back. Returns what they hold now.
    std::uint64_t hold(std::uint64_t bytes, bool give_back) {
        return held_ = give_back ? held_ - bytes : held_ + bytes;
    }

private:
    void b_transport(tlm::tlm_generic_payload& tx, sc_core::sc_time& delay);

    BufferBanks banks_;
    std::uint64_t held_ = 0;
};

/// Simulated time as the SystemC kernel counts it.
[[nodiscard]] inline Picoseconds kernel_time() { return sc_core::sc_time_stamp().value(); }
[[nodiscard]] inline sc_core::sc_time as_sc_time(Picoseconds time) { return sc_core::sc_time::from_value(time); }

}  // namespace dyad::sim
