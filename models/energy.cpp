// SPDX-License-Identifier: Apache-2.0
#include "models/energy.hpp"

#include <algorithm>
#include <cmath>

#include "hw_space/floorplan.hpp"
#include "models/components.hpp"

namespace dyad::models {
namespace {

using core::Joules, core::Precision;
using namespace hw_space;

/// Reads and writes of one byte; an access moves a whole width.
EnergyTable::BufferAccess buffer_access(const Accelerator& chip, const Buffer& buffer) {
    const core::Bytes bank(buffer.size.count() / buffer.banks);
    const std::uint64_t bits = 8 * buffer.width.count();
    const double per_byte = 1.0 / static_cast<double>(buffer.width.count());
    const Sram& sram = chip.technology->sram;
    return {.read_byte = sram.read(bank, bits, buffer.ports, chip.voltage) * per_byte,
            .write_byte = sram.write(bank, bits, buffer.ports, chip.voltage) * per_byte};
}

/// One access of one bit of a store of `words` in an engine.
Joules register_bit(const Accelerator& chip, Joules flip_flop, std::uint64_t words, unsigned bits) {
    if (words <= flip_flop_words) return flip_flop;
    const auto word = chip.technology->sram.read(core::Bytes(words * bits / 8), bits, 1, chip.voltage);
    return std::max(flip_flop, word * (1.0 / bits));
}

std::array<Joules, 3> register_bits(const Accelerator& chip, Joules flip_flop, const Engine& engine) {
    const auto* array = std::get_if<PeArray>(&engine);
    if (array == nullptr) return {flip_flop, flip_flop, flip_flop};
    const unsigned operand = core::bits(array->precision), sum = core::bits(array->accumulate);
    if (const auto word = array->register_access; word.count() > 0)
        return {word * (1.0 / operand), word * (1.0 / operand), word * (1.0 / sum)};
    return {register_bit(chip, flip_flop, array->registers.weights, operand),
            register_bit(chip, flip_flop, array->registers.inputs, operand),
            register_bit(chip, flip_flop, array->registers.psums, sum)};
}

Joules multiply(const EnergyTable& table, Precision p) { return table.operations.at(static_cast<std::size_t>(p))[0]; }
Joules add(const EnergyTable& table, Precision p) { return table.operations.at(static_cast<std::size_t>(p))[1]; }

/// What a w x i product costs on a multiplier of `widest`: a narrower integer operand switches less of it (the product
/// of the widths counts, so the geometric mean of the square multipliers); a wider one takes several.
Joules product(const EnergyTable& table, Precision widest, Precision w, Precision i) {
    const auto pieces = [widest](Precision p) { return core::ceil_div(core::bits(p), core::bits(widest)); };
    const auto width = [widest](Precision p) {
        return core::is_integer(widest) && core::is_integer(p) && core::bits(p) < core::bits(widest) ? p : widest;
    };
    const double each = std::sqrt(multiply(table, width(w)).count() * multiply(table, width(i)).count());
    return Joules(each * static_cast<double>(pieces(w) * pieces(i)));
}

struct MacEnergy {
    const EnergyTable& table;
    Precision weights, inputs;

    [[nodiscard]] Joules arithmetic(Precision operands, Precision sums) const {
        const auto products = core::ceil_div(core::bits(weights), core::bits(operands)) *
                              core::ceil_div(core::bits(inputs), core::bits(operands));
        return product(table, operands, weights, inputs) + add(table, sums) * static_cast<double>(products);
    }
    [[nodiscard]] Joules latched(bool stored, unsigned bits) const {
        return stored ? Joules(0) : table.register_bit * static_cast<double>(bits);
    }
    Joules operator()(const PeArray& array) const {
        return arithmetic(array.precision, array.accumulate) +
               latched(array.registers.weights > 0, core::bits(weights)) +
               latched(array.registers.inputs > 0, core::bits(inputs)) +
               latched(array.registers.psums > 0, core::bits(array.accumulate));
    }
    Joules operator()(const DepthwiseUnit& unit) const {
        return arithmetic(unit.precision, unit.accumulate) + latched(false, core::bits(weights) + core::bits(inputs));
    }
    Joules operator()(const VectorUnit& unit) const {
        return arithmetic(unit.precision, unit.precision) + latched(false, core::bits(weights) + core::bits(inputs));
    }
    Joules operator()(const CustomUnit& unit) const { return unit.energy_per_operation; }
};

/// Tables are evaluated at 16 bits or at the operands' own width if that is more.
Precision table_precision(Precision p) { return p == Precision::int4 || p == Precision::int8 ? Precision::int16 : p; }

void fill_dram(const Dram& dram, EnergyTable& table) {
    const auto& standard = *dram.standard;
    table.dram_read_byte = standard.read_bit * 8.0;
    table.dram_write_byte = standard.write_bit * 8.0;
    table.dram_activate = standard.energy_per_activate;
    auto each = standard.background;
    if (dram.refresh && standard.refresh_interval.count() > 0)
        each += standard.energy_per_refresh / standard.refresh_interval;
    table.dram_background = each * static_cast<double>(dram.ranks * dram.channels);
}

void fill_operations(const Accelerator& chip, double scale, EnergyTable& table) {
    for (const OperationCost& cost : chip.technology->operations)
        table.operations.push_back({cost.multiply * scale, cost.add * scale});
}

/// Looks a piece up, multiplies by its slope, adds its intercept.
Joules function_table(const EnergyTable& table, Precision precision) {
    const Precision wide = table_precision(precision);
    return multiply(table, wide) + add(table, wide) + table.register_bit * static_cast<double>(function_bits);
}

/// Every part of a custom unit at work; each bank of its SRAM is read once.
Joules unit_cycle(const Accelerator& chip, const EnergyTable& table, const Engine& engine) {
    const auto* unit = std::get_if<CustomUnit>(&engine);
    if (unit == nullptr || !unit->parts) return Joules(0);
    const auto& parts = *unit->parts;
    const core::Bytes bank(parts.sram.count() / parts.sram_banks);
    const auto sram =
        parts.sram.count() == 0
            ? Joules(0)
            : chip.technology->sram.read(bank, 8 * parts.sram_width.count(), 1, chip.voltage) * parts.sram_banks;
    return multiply(table, unit->precision) * static_cast<double>(parts.multipliers) +
           add(table, unit->accumulate) * static_cast<double>(parts.adders) +
           function_table(table, unit->precision) * static_cast<double>(parts.tables) +
           table.register_bit * static_cast<double>(8 * parts.register_bytes.count()) + sram;
}

/// How far a byte travels over the network, in edges of a square chip: wires of their own span half of it on average, a
/// bus and the rows of a crossbar all of it, a link of a mesh from one node to the next.
double network_edges(const Accelerator& chip) {
    switch (chip.network.topology) {
        case Topology::direct:
            return 0.5;
        case Topology::bus:
        case Topology::crossbar:
            return 1;
        case Topology::mesh:
            break;
    }
    return mean_hops(chip) / static_cast<double>(mesh_columns(chip));
}

/// A hop of a mesh latches the byte once more; wires of one core are shorter than those of the chip.
void fill_wires(const Accelerator& chip, double scale, EnergyTable& table) {
    const auto edge_mm = std::sqrt(area(chip).count());
    const auto wire = chip.technology->wire_energy_per_bit_mm * (8 * edge_mm * scale);
    const auto latches = chip.network.topology == Topology::mesh ? mean_hops(chip) : 0;
    const auto across = wire * network_edges(chip) + table.register_bit * (8 * latches);
    if (!chip.cores.given) {
        table.wire_byte = across;
        return;
    }
    table.wire_byte = wire * (0.5 / std::sqrt(chip.cores.count));
    table.core_byte = across + chip.cores.link.energy * 8.0;
}

/// By bits: reads and, for sums, the mean of reads and writes, of which there are as many.
std::array<Joules, 3> given_storage(const ExplicitHierarchy& hierarchy) {
    std::array<Joules, 3> bits{};
    for (const auto& level : hierarchy.levels) {
        if (level.instances == 1) continue;
        const auto kept = keeps(hierarchy, level.name);
        const double each = 1.0 / level.word_bits;
        if (kept.weights) bits[0] = level.read_energy * each;
        if (kept.inputs) bits[1] = level.read_energy * each;
        if (kept.outputs) bits[2] = (level.read_energy + level.write_energy) * (0.5 * each);
    }
    return bits;
}

EnergyTable given_table(const ExplicitHierarchy& hierarchy, const Accelerator& chip) {
    EnergyTable table;
    const auto byte = [](Joules word, unsigned bits) { return word * (8.0 / bits); };
    const auto& outermost = hierarchy.levels.front();
    table.dram_read_byte = byte(outermost.read_energy, outermost.word_bits);
    table.dram_write_byte = byte(outermost.write_energy, outermost.word_bits);
    for (std::size_t l = 1; l < hierarchy.levels.size(); ++l)
        if (const auto& level = hierarchy.levels[l]; level.instances == 1)
            table.buffers.push_back(
                {byte(level.read_energy, level.word_bits), byte(level.write_energy, level.word_bits)});
    table.register_bits.assign(chip.engines.size(), given_storage(hierarchy));
    table.unit_cycle.assign(chip.engines.size(), Joules(0));
    table.operations.assign(chip.technology->operations.size(), {});
    table.given_mac = hierarchy.multiply_energy;
    return table;
}

}  // namespace

Joules EnergyTable::mac(const Engine& engine, Precision weights, Precision inputs) const {
    if (given_mac) return *given_mac;
    return std::visit(MacEnergy{*this, weights, inputs}, engine);
}

Joules EnergyTable::vector_op(VectorOp op, Precision precision) const {
    const Joules word = register_bit * static_cast<double>(core::bits(precision));
    if (needs_function_table(op)) return function_table(*this, precision) + word;
    if (op == VectorOp::mul) return multiply(*this, precision) + 2.0 * word;
    if (op == VectorOp::gather) return add(*this, Precision::int32) + word;  // an address and a move
    return add(*this, precision) + 2.0 * word;                               // add, max and compare: one subtraction
}

EnergyTable energy_table(const Accelerator& accelerator) {
    if (accelerator.hierarchy) return given_table(*accelerator.hierarchy, accelerator);
    const Technology& node = *accelerator.technology;
    const double scale = node.energy_scale(accelerator.voltage);
    EnergyTable table;
    for (const Buffer& buffer : accelerator.buffers) table.buffers.push_back(buffer_access(accelerator, buffer));
    fill_dram(accelerator.dram, table);
    table.register_bit = node.register_energy_per_bit * (scale * (1 + node.energy_overhead));
    for (const Engine& engine : accelerator.engines)
        table.register_bits.push_back(register_bits(accelerator, table.register_bit, engine));
    fill_operations(accelerator, scale * (1 + node.energy_overhead), table);
    for (const Engine& engine : accelerator.engines) table.unit_cycle.push_back(unit_cycle(accelerator, table, engine));
    fill_wires(accelerator, scale, table);
    for (const Component& part : components(accelerator)) table.leakage += part.leakage;
    table.leakage += core::Watts(accelerator.clock_network.count() * accelerator.clock.count());
    return table;
}

}  // namespace dyad::models
