// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/bench.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/session.hpp"

namespace dyad::sim {
namespace {

using hw_space::ArrayDataflow;

std::unique_ptr<SystolicArray> make_array(const std::string& name, const ArrayShape& shape) {
    if (shape.dataflow == ArrayDataflow::output_stationary)
        return std::make_unique<OutputStationaryArray>(name.c_str(), shape.rows, shape.cols);
    return std::make_unique<StationaryArray>(name.c_str(), shape.rows, shape.cols);
}

void trace_lanes(sc_core::sc_trace_file& file, const Lanes& lanes, const std::string& name) {
    const auto words = lanes.read();
    for (std::size_t i = 0; i < words.size(); ++i) {
        sc_core::sc_trace(&file, words[i].value, fmt::format("{}_{}", name, i));
        sc_core::sc_trace(&file, words[i].valid, fmt::format("{}_{}_valid", name, i));
    }
}

}  // namespace

Bench::Array::Array(const std::string& module, const ArrayShape& shape, Products products, SteppingClock& clock)
    : name(module),
      left((module + "_left").c_str(), shape.rows),
      top((module + "_top").c_str(), shape.cols),
      out((module + "_out").c_str(), shape.cols),
      array(make_array(module, shape)),
      sequencer((module + "_sequencer").c_str(), shape, std::move(products), clock) {
    array->left(left);
    array->top(top);
    array->out(out);
    sequencer.left(left);
    sequencer.top(top);
    sequencer.out(out);
}

Bench::Depthwise::Depthwise(const std::string& module, std::size_t lanes, ChannelTiles tiles, SteppingClock& clock)
    : name(module),
      in((module + "_in").c_str()),
      out((module + "_out").c_str(), lanes),
      unit(module.c_str(), lanes),
      feeder((module + "_feeder").c_str(), lanes, std::move(tiles), clock) {
    unit.in(in);
    unit.out(out);
    feeder.out(in);
    feeder.in(out);
}

Bench::Bench(const sc_core::sc_module_name& name, Picoseconds period)
    : sc_module(name), clock_("clock", sc_core::sc_time::from_value(period)) {
    clock_.out(clk_);
}

const Sequencer& Bench::add_array(const std::string& name, const ArrayShape& shape, Products products,
                                  std::function<void(const Product&)> finished) {
    auto& array = arrays_.emplace_back(name, shape, std::move(products), clock_);
    array.array->clk(clk_);
    array.sequencer.clk(clk_);
    array.sequencer.finished = std::move(finished);
    return array.sequencer;
}

const WindowFeeder& Bench::add_depthwise(const std::string& name, std::size_t lanes, ChannelTiles tiles,
                                         std::function<void(const Product&)> finished) {
    auto& unit = depthwise_.emplace_back(name, lanes, std::move(tiles), clock_);
    unit.unit.clk(clk_);
    unit.feeder.clk(clk_);
    unit.feeder.finished = std::move(finished);
    return unit.feeder;
}

void Bench::run() {
    run_to_end();
    if (clock_.failure()) std::rethrow_exception(clock_.failure());
}

void Bench::trace(sc_core::sc_trace_file& file) const {
    sc_core::sc_trace(&file, clk_, "clk");
    for (const auto& array : arrays_) {
        sc_core::sc_trace(&file, array.sequencer.fold(), array.name + ".fold");
        trace_lanes(file, array.left, array.name + ".left");
        trace_lanes(file, array.top, array.name + ".top");
        trace_lanes(file, array.out, array.name + ".out");
    }
    for (const auto& unit : depthwise_) {
        sc_core::sc_trace(&file, unit.feeder.block(), unit.name + ".block");
        trace_lanes(file, unit.out, unit.name + ".out");
    }
}

std::uint64_t Bench::element_cycles() const {
    std::uint64_t sum = 0;
    for (const auto& array : arrays_) sum += array.array->element_cycles();
    for (const auto& unit : depthwise_) sum += unit.unit.element_cycles();
    return sum;
}

}  // namespace dyad::sim
