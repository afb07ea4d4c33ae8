// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/schedule.hpp"

/// Chips, plans and graphs small enough to count by hand.
namespace dyad::models::fixture {

/// 8 bytes a nanosecond in bursts of 64 bytes, rows of 1 KiB, and nothing that takes time besides.
inline std::shared_ptr<hw_space::DramStandard> ideal_dram() {
    auto standard = std::make_shared<hw_space::DramStandard>();
    standard->name = "ideal";
    standard->bus_bits = 64;
    standard->transfers_per_s = 1e9;
    standard->burst_length = 8;
    standard->banks = 8;
    standard->row = core::Bytes(1024);
    standard->capacity = core::Bytes(std::uint64_t{1} << 40);
    standard->read_bit = standard->write_bit = core::Joules(1e-12);
    standard->energy_per_activate = core::Joules(1e-9);
    standard->background = core::Watts(0.01);
    return standard;
}

/// 1 GHz, one buffer, a 4 x 4 array with an output path and a vector unit.
inline hw_space::Accelerator chip(std::uint64_t buffer_bytes = 1024) {
    hw_space::Accelerator result;
    result.name = "chip";
    result.technology = hw_space::technology("16nm");
    result.clock = core::Hertz(1e9);
    result.voltage = core::Volts(0.8);
    result.dram.standard = ideal_dram();
    result.dram.refresh = false;
    result.buffers.push_back(
        {.name = "shared", .size = core::Bytes(buffer_bytes), .width = core::Bytes(64), .keeps = {}});
    hw_space::PeArray array;
    array.name = "array";
    array.rows = array.cols = 4;
    array.output_lanes = 4;
    hw_space::VectorUnit vector;
    vector.name = "vector";
    vector.lanes = 4;
    vector.operations = {hw_space::VectorOp::add, hw_space::VectorOp::max};
    result.engines = {array, vector};
    result.dma = {.outstanding = 4, .burst = core::Bytes(64)};
    return result;
}

/// A plan of `tiles`, launch cycles before them; `space` by operand in the only buffer.
inline std::shared_ptr<KernelPlan> plan(TileProgram tiles, std::uint64_t launch = 0,
                                        std::array<std::uint64_t, 3> space = {}) {
    auto result = std::make_shared<KernelPlan>();
    result->compute = core::Cycles(launch + totals(tiles).compute_cycles);
    result->tiles = std::move(tiles);
    result->space.push_back({core::Bytes(space[0]), core::Bytes(space[1]), core::Bytes(space[2])});
    result->working_set = core::Bytes(space[0] + space[1] + space[2]);
    return result;
}

/// One tile: loads of weights and inputs, a store, compute cycles.
inline Tile tile(std::uint64_t weights, std::uint64_t inputs, std::uint64_t store, std::uint64_t cycles) {
    Tile result;
    result.load_bytes = {weights, inputs, 0};
    result.store_bytes = store;
    result.compute_cycles = cycles;
    return result;
}

inline Node node(const std::string& name, const std::vector<std::size_t>& reads, std::vector<std::size_t> writes) {
    Node result;
    result.kernel.name = name;
    result.kernel.op = "conv";
    result.kernel.members = {name};
    result.kernel.nest = matmul_nest(1, 1, 1, 1);
    for (const auto tensor : reads) result.reads.push_back({.operand = Operand::inputs, .tensor = tensor});
    result.writes = std::move(writes);
    return result;
}

inline TensorInfo tensor(const std::string& name, std::uint64_t words) {
    return {.name = name, .words = core::Words(words)};
}

/// x(10) -> a -> ta(20) -> {b -> tb(30), c -> tc(40)} -> d -> y(5).
inline std::shared_ptr<const Dataflow> diamond() {
    return std::make_shared<const Dataflow>(
        "diamond", 1,
        std::vector{node("a", {0}, {1}), node("b", {1}, {2}), node("c", {1}, {3}), node("d", {2, 3}, {4})},
        std::vector{tensor("x", 10), tensor("ta", 20), tensor("tb", 30), tensor("tc", 40), tensor("y", 5)});
}

/// t0 -> k0 -> t1 -> k1 -> ... of the given sizes.
inline std::shared_ptr<const Dataflow> chain(const std::vector<std::uint64_t>& sizes) {
    std::vector<Node> nodes;
    std::vector<TensorInfo> tensors;
    for (std::size_t i = 0; i < sizes.size(); ++i) tensors.push_back(tensor("t" + std::to_string(i), sizes[i]));
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) nodes.push_back(node("k" + std::to_string(i), {i}, {i + 1}));
    return std::make_shared<const Dataflow>("chain", 1, std::move(nodes), std::move(tensors));
}

/// Step i runs node i on `engine` with `plan`, after the producers of what it reads.
inline Schedule schedule(std::shared_ptr<const Dataflow> dataflow, const hw_space::Accelerator& accelerator,
                         const std::vector<std::shared_ptr<KernelPlan>>& plans, const std::vector<int>& engines = {}) {
    Schedule result;
    result.accelerator = std::make_shared<const hw_space::Accelerator>(accelerator);
    for (std::size_t n = 0; n < dataflow->nodes().size(); ++n) {
        Step step;
        step.node = n;
        step.engine = engines.empty() ? 0 : engines[n];
        step.plan = plans[n % plans.size()];
        step.after = dataflow->predecessors(n);
        result.steps.push_back(std::move(step));
    }
    result.dataflow = std::move(dataflow);
    return result;
}

}  // namespace dyad::models::fixture
