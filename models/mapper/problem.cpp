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
            .bank_bytes = std::max<std::uint64_t>(buffer.size.count() / buffer.banks, 1),
            .width_bytes = buffer.width.count(),
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

using hw_space::CustomUnit;

/// An engine and what its work costs.
struct Priced {
    const Engine& engine;
    const EnergyTable& energy;
    core::Joules cycle;  ///< of a unit made of parts
    [[nodiscard]] const CustomUnit* custom() const { return std::get_if<CustomUnit>(&engine); }
    [[nodiscard]] bool by_cycle() const { return custom() != nullptr && custom()->parts.has_value(); }
};

/// Elementary operations cost the engine's own arithmetic; a custom unit says what its operations take, or what it is
/// made of: all of it works in each cycle.
double vector_energy(const Kernel& kernel, const Priced& priced) {
    if (priced.by_cycle()) return kernel.nest ? 0 : priced.cycle.count() * vector_cycles(priced.engine, kernel);
    const auto counts = operations(kernel);
    const auto* custom = priced.custom();
    double sum = 0;
    for (std::size_t op = 0; op < counts.size(); ++op) {
        if (counts[op] == 0) continue;
        const auto each = custom
                              ? custom->energy_per_operation
                              : priced.energy.vector_op(static_cast<hw_space::VectorOp>(op), kernel.output_precision);
        sum += each.count() * static_cast<double>(counts[op]);
    }
    return custom && custom->skips_masked ? sum * kernel.needed : sum;
}

/// Cycles of a nest in one piece, at the unit's own rate.
double nest_cycles(const EngineModel& model, const LoopNest& nest) {
    double steps = static_cast<double>(model.precision_passes);
    const auto& tile = model.walk.front().unroll;
    for (std::size_t d = 0; d < nest.dims.size(); ++d)
        steps *= static_cast<double>(core::ceil_div(nest.dims[d].size, tile.empty() ? 1 : tile[d]));
    return steps / model.rate;
}

core::Joules mac_energy(const Kernel& kernel, const EngineModel& model, const Priced& priced) {
    const auto* custom = priced.custom();
    if (priced.by_cycle())
        return priced.cycle * (nest_cycles(model, *kernel.nest) / static_cast<double>(kernel.macs()));
    if (custom) return custom->energy_per_operation * (custom->skips_masked ? kernel.needed : 1);
    return priced.energy.mac(priced.engine, kernel.weight_precision, kernel.input_precision);
}

void set_custom(Problem& problem, const CustomUnit& unit, core::Hertz clock) {
    problem.engine.port_in = static_cast<double>(unit.port_in.count());
    problem.engine.port_out = static_cast<double>(unit.port_out.count());
    problem.engine.port_both = unit.bandwidth.count() / clock.count();
    if (unit.passes > 0) problem.passes = std::min(problem.passes, unit.passes);
}

void add_vector_kernel(Problem& problem, const Kernel& kernel, const Engine& engine, core::Hertz clock) {
    problem.vector_cycles = vector_cycles(engine, kernel);
    problem.inputs = kernel.vector_inputs;
    problem.outputs = kernel.vector_outputs;
    problem.weight_bytes = kernel.weight_bytes;
    problem.passes = std::max<std::uint64_t>(kernel.vector.passes, 1);
    problem.engine.launch =
        std::visit(Overloaded{[](const auto& unit) { return (unit.launch + unit.start_up).count(); }}, engine);
    if (const auto* custom = std::get_if<CustomUnit>(&engine)) set_custom(problem, *custom, clock);
}

bool add_nest(Problem& problem, const Kernel& kernel, const Priced& priced, core::Hertz clock) {
    auto model = engine_model(priced.engine, kernel, clock);
    if (!model) return false;
    problem.nest = &*kernel.nest;
    const auto active = activity(priced.engine, kernel);
    problem.mac_energy = mac_energy(kernel, *model, priced).count() * active.macs;
    problem.engine = std::move(*model);
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
    const Priced priced{engine, energy, energy.unit_cycle[engine_index]};
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
        add_vector_kernel(result, kernel, engine, accelerator.clock);
    else if (!add_nest(result, kernel, priced, accelerator.clock))
        return std::nullopt;
    if (carries_fused_work(result)) result.vector_energy = vector_energy(kernel, priced);
    return result;
}

}  // namespace dyad::models::mapper
