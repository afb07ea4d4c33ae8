// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/problem.hpp"

#include <algorithm>

#include "models/compression.hpp"
#include "models/mapper.hpp"
#include "models/mapper/overloaded.hpp"

namespace dyad::models::mapper {
namespace {

using hw_space::Accelerator;
using hw_space::Engine;

BufferView view(const hw_space::Buffer& buffer, const EnergyTable::BufferAccess& energy, const Kernel& kernel) {
    const std::uint64_t copies = buffer.double_buffered ? 2 : 1;
    return {.name = buffer.name,
            .keeps = {buffer.keeps.weights, buffer.keeps.inputs, buffer.keeps.outputs},
            .bytes = buffer.size.count() / copies,
            .copies = copies,
            .bytes_per_cycle = static_cast<double>(buffer.per_cycle().count()),
            .read_energy = energy.read_byte.count(),
            .write_energy = energy.write_byte.count(),
            .stored = stored_fractions(buffer.compression, kernel)};
}

DramView view(const hw_space::Dram& dram, core::Hertz clock, const EnergyTable& energy, const Kernel& kernel) {
    const auto open_row = dram.standard->precharge + dram.standard->rcd + dram.standard->cas;
    return {.name = dram.name,
            .bytes_per_cycle = dram.peak().count() / clock.count(),
            .row_cycles = open_row.count() * clock.count(),
            .read_energy = energy.dram_read_byte.count(),
            .write_energy = energy.dram_write_byte.count(),
            .stored = stored_fractions(dram.compression, kernel)};
}

/// Elementary operations cost the engine's own arithmetic; a custom unit says what its operations take.
core::Joules operation_energy(const Engine& engine, hw_space::VectorOp op, core::Precision precision,
                              const EnergyTable& energy) {
    const auto* custom = std::get_if<hw_space::CustomUnit>(&engine);
    return custom ? custom->energy_per_operation : energy.vector_op(op, precision);
}

double vector_energy(const Kernel& kernel, const Engine& engine, const EnergyTable& energy) {
    const auto counts = operations(kernel);
    double sum = 0;
    for (std::size_t op = 0; op < counts.size(); ++op) {
        if (counts[op] == 0) continue;
        const auto each =
            operation_energy(engine, static_cast<hw_space::VectorOp>(op), kernel.output_precision, energy);
        sum += each.count() * static_cast<double>(counts[op]);
    }
    return sum;
}

core::Joules mac_energy(const Kernel& kernel, const Engine& engine, const EnergyTable& energy) {
    const auto* custom = std::get_if<hw_space::CustomUnit>(&engine);
    return custom ? custom->energy_per_operation : energy.mac(engine, kernel.weight_precision, kernel.input_precision);
}

void add_vector_kernel(Problem& problem, const Kernel& kernel, const Engine& engine) {
    const auto counts = operations(kernel);
    double total = 0;
    for (const auto count : counts) total += static_cast<double>(count);
    problem.vector_cycles = total / vector_rate(engine, kernel.input_precision);
    problem.inputs = kernel.vector_inputs;
    problem.outputs = kernel.vector_outputs;
    problem.weight_bytes = kernel.weight_bytes;
    problem.passes = std::max<std::uint64_t>(kernel.vector.passes, 1);
    problem.engine.launch = std::visit(Overloaded{[](const auto& unit) { return unit.launch.count(); }}, engine);
}

bool add_nest(Problem& problem, const Kernel& kernel, const Engine& engine, core::Hertz clock,
              const EnergyTable& energy) {
    auto model = engine_model(engine, kernel, clock);
    if (!model) return false;
    problem.nest = &*kernel.nest;
    problem.engine = std::move(*model);
    const auto active = activity(engine, kernel);
    problem.mac_energy = mac_energy(kernel, engine, energy).count() * active.macs;
    for (std::size_t at = 0; at < active.registers.size(); ++at) problem.register_energy[at] *= active.registers[at];
    return true;
}

/// Whether fused work rides on the engine's output path.
bool carries_fused_work(const Problem& problem) { return !problem.nest || problem.engine.output_lanes > 0; }

}  // namespace

std::array<std::uint64_t, hw_space::vector_op_count> operations(const Kernel& kernel) {
    auto sum = kernel.vector.operations;
    for (std::size_t op = 0; op < sum.size(); ++op) sum[op] += kernel.epilogue.operations[op];
    return sum;
}

std::optional<std::size_t> Problem::innermost(Operand operand) const {
    for (auto b = buffers.size(); b-- > 0;)
        if (buffers[b].keeps[index(operand)]) return b;
    return std::nullopt;
}

bool Problem::overlaps() const {
    return std::ranges::all_of(buffers, [](const BufferView& buffer) { return buffer.copies > 1; });
}

double Problem::output_bytes() const {
    const auto words = nest ? nest->words(Operand::outputs) : outputs;
    return static_cast<double>(words.count()) * bits[index(Operand::outputs)] / 8;
}

unsigned Problem::held_bits(std::size_t buffer, Operand operand, bool partial, bool window_split) const {
    const auto word = bits[index(operand)];
    if (!buffers[buffer].keeps[index(operand)]) return 0;
    if (operand != Operand::outputs) return word;
    const auto sum = std::max(word, engine.accumulator_bits);
    if (buffers[buffer].accumulator && !window_split) return 0;
    return (innermost(operand) == buffer ? partial : window_split) ? sum : word;
}

bool fit_accumulator(Problem& problem, const NestByRole& nest) {
    const auto at = problem.innermost(Operand::outputs);
    if (!problem.engine.accumulates || !at || !problem.buffers[*at].accumulator) return true;
    std::uint64_t sums = 1;
    Walk* stream = nullptr;
    for (const auto role : {Role::groups, Role::filters, Role::pixels}) {
        auto& walk = problem.engine.walk[index(role)];
        const auto& dims = nest.dims[index(role)];
        for (const auto d : dims) sums *= walk.unroll.empty() ? 1 : std::min(walk.unroll[d], nest.size[d]);
        if (walk.streamed)
            stream = &walk;
        else
            sums *= std::min(walk.side * walk.depth, walk.steps(dims, nest.size));
    }
    if (!stream) return true;
    stream->longest = problem.buffers[*at].bytes * 8 / problem.engine.accumulator_bits / sums;
    return stream->longest > 0;
}

std::optional<Problem> problem(const Kernel& kernel, const Accelerator& accelerator, std::size_t engine_index,
                               const MapOptions& options, const EnergyTable& energy) {
    const auto& engine = accelerator.engines.at(engine_index);
    if (!accepts(engine, kernel)) return std::nullopt;
    Problem result{
        .bits = {core::bits(kernel.weight_precision), core::bits(kernel.input_precision),
                 core::bits(kernel.output_precision)},
        .dram = view(accelerator.dram, accelerator.clock, energy, kernel),
        .wire_energy = energy.wire_byte.count(),
        .objective = options.objective,
        .evaluations = options.evaluations,
    };
    for (const auto operand : operands)
        result.register_energy[index(operand)] = energy.register_bits[engine_index][index(operand)].count();
    for (std::size_t b = 0; b < accelerator.buffers.size(); ++b)
        result.buffers.push_back(view(accelerator.buffers[b], energy.buffers[b], kernel));
    if (const auto at = result.innermost(Operand::outputs)) {
        auto& inner = result.buffers[*at];
        inner.accumulator = kernel.nest && !inner.keeps[0] && !inner.keeps[1];
    }
    if (!kernel.nest)
        add_vector_kernel(result, kernel, engine);
    else if (!add_nest(result, kernel, engine, accelerator.clock, energy))
        return std::nullopt;
    if (carries_fused_work(result)) result.vector_energy = vector_energy(kernel, engine, energy);
    return result;
}

}  // namespace dyad::models::mapper
