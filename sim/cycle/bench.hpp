// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "sim/cycle/depthwise_array.hpp"
#include "sim/cycle/lanes.hpp"
#include "sim/cycle/sequencer.hpp"
#include "sim/cycle/stepping_clock.hpp"
#include "sim/cycle/systolic_array.hpp"
#include "sim/time.hpp"

namespace dyad::sim {

/// Engines side by side on one clock, each with the memories' side that feeds it. Needs an open Session.
class Bench final : public sc_core::sc_module {
public:
    Bench(const sc_core::sc_module_name& name, Picoseconds period);
    /// `finished` is told each product once it is computed. The sequencer knows the cycles afterwards.
    const Sequencer& add_array(const std::string& name, const ArrayShape& shape, Products products,
                               std::function<void(const Product&)> finished);
    const WindowFeeder& add_depthwise(const std::string& name, std::size_t lanes, ChannelTiles tiles,
                                      std::function<void(const Product&)> finished);
    [[nodiscard]] const sc_core::sc_signal<bool>& clk() const { return clk_; }
    /// Until all engines are done. Rethrows the first error of a module or of `finished`.
    void run();
    /// Records what passes the edges of the engines, in the format of waveform viewers (VCD, IEEE 1364).
    void trace(sc_core::sc_trace_file& file) const;
    /// Elements computed so far, over all arrays and cycles.
    [[nodiscard]] std::uint64_t element_cycles() const;

private:
    struct Array {
        std::string name;
        Lanes left, top, out;
        std::unique_ptr<SystolicArray> array;
        Sequencer sequencer;
        Array(const std::string& name, const ArrayShape& shape, Products products, SteppingClock& clock);
    };
    struct Depthwise {
        std::string name;
        WindowWires in;
        Lanes out;
        DepthwiseArray unit;
        WindowFeeder feeder;
        Depthwise(const std::string& name, std::size_t lanes, ChannelTiles tiles, SteppingClock& clock);
    };
    sc_core::sc_signal<bool> clk_{"clk"};
    SteppingClock clock_;
    std::deque<Array> arrays_;
    std::deque<Depthwise> depthwise_;
};

}  // namespace dyad::sim
