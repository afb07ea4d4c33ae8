// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <systemc>

namespace dyad::sim {

class Bench;

/// Records a bench into a VCD file (IEEE 1364, section 18) until it has seen `most` cycles. The file appears under its
/// name at the end, when it is whole.
class Waveform final : public sc_core::sc_module {
public:
    /// No file: records nothing. Throws core::Error when it cannot be written.
    Waveform(const sc_core::sc_module_name& name, const std::filesystem::path& file, const Bench& bench,
             std::uint64_t most);
    ~Waveform() override;
    SC_HAS_PROCESS(Waveform);
    Waveform(const Waveform&) = delete;
    Waveform& operator=(const Waveform&) = delete;

private:
    void count();
    void close();

    const std::filesystem::path file_, partial_;
    sc_core::sc_trace_file* trace_ = nullptr;
    const std::uint64_t most_;
    std::uint64_t seen_ = 0;
    sc_core::sc_in<bool> clk_{"clk"};
};

}  // namespace dyad::sim
