// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/waveform.hpp"

#include <fmt/format.h>
#include <sysc/tracing/sc_tracing_ids.h>

#include <fstream>
#include <system_error>

#include "core/error.hpp"
#include "sim/cycle/bench.hpp"

namespace dyad::sim {

// SystemC puts ".vcd" behind the name that it is given.
Waveform::Waveform(const sc_core::sc_module_name& name, const std::filesystem::path& file, const Bench& bench,
                   std::uint64_t most)
    : sc_module(name), file_(file), partial_(file.string() + ".part.vcd"), most_(most) {
    clk_(bench.clk());
    if (file_.empty()) return;
    if (!std::ofstream(partial_)) throw core::Error(fmt::format("{}: cannot be written", file_.string()));
    for (const auto* message : {sc_core::SC_ID_TRACING_TIMESCALE_DEFAULT_, sc_core::SC_ID_TRACING_CLOSE_EMPTY_FILE_})
        sc_core::sc_report_handler::set_actions(message, sc_core::SC_DO_NOTHING);
    trace_ = sc_core::sc_create_vcd_trace_file((file_.string() + ".part").c_str());
    bench.trace(*trace_);
    SC_METHOD(count);
    sensitive << clk_.pos();
    dont_initialize();
}

Waveform::~Waveform() { close(); }

void Waveform::count() {
    if (++seen_ > most_) close();
}

void Waveform::close() {
    if (trace_ == nullptr) return;
    sc_core::sc_close_vcd_trace_file(trace_);
    trace_ = nullptr;
    std::error_code error;
    std::filesystem::rename(partial_, file_, error);
    if (error) std::filesystem::remove(partial_, error);
}

}  // namespace dyad::sim
