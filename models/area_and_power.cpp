// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "models/components.hpp"
#include "models/compression.hpp"
#include "models/energy.hpp"

namespace dyad::models {
namespace {

using core::Joules;
using namespace hw_space;

/// Energy of one cycle with every lane at work.
struct BusyCycle {
    const EnergyTable& table;
    const std::array<Joules, 3>& bits;  ///< of the engine's storage
    Joules parts;                       ///< a custom unit's parts

    [[nodiscard]] Joules macs(const Engine& engine, std::uint64_t count, core::Precision p) const {
        return table.mac(engine, p, p) * static_cast<double>(count);
    }
    /// Each multiply-accumulate reads what is stored beside it, and reads and writes the sum.
    Joules operator()(const PeArray& array) const {
        const double operand = core::bits(array.precision), sum = core::bits(array.accumulate);
        const auto stored = [](std::uint64_t words, Joules each) { return words > 0 ? each : Joules(0); };
        const Joules element = stored(array.registers.weights, bits[0] * operand) +
                               stored(array.registers.inputs, bits[1] * operand) +
                               stored(array.registers.psums, bits[2] * (2 * sum));
        return element * static_cast<double>(array.rows * array.cols) +
               macs(array, array.rows * array.cols, array.precision);
    }
    Joules operator()(const DepthwiseUnit& unit) const { return macs(unit, unit.multipliers(), unit.precision); }
    Joules operator()(const VectorUnit& unit) const {
        Joules most(0);
        for (const VectorOp op : unit.operations) most = std::max(most, table.vector_op(op, unit.precision));
        return most * static_cast<double>(unit.lanes);
    }
    Joules operator()(const CustomUnit& custom) const {
        const double rate = std::max({custom.macs_per_cycle(), custom.operations_per_cycle, custom.elements_per_cycle});
        return custom.parts ? parts : custom.energy_per_operation * rate;
    }
};

core::Watts at_rate(Joules per_cycle, core::Hertz clock) { return core::Watts(per_cycle.count() * clock.count()); }

/// Leakage of the parts of one memory or engine.
core::Watts leakage_of(const std::vector<Component>& parts, const std::string& owner) {
    core::Watts sum;
    for (const Component& part : parts)
        if (part.name == owner || part.name.starts_with(owner + "/")) sum += part.leakage;
    return sum;
}

core::Constant estimate(std::string name, double value, std::string source) {
    return {std::move(name), value, "", std::move(source)};
}

/// What a custom unit's file says it takes.
void add_constants(const CustomUnit& unit, std::vector<core::Constant>& all) {
    const std::string source = unit.source.empty() ? "the accelerator file" : unit.source;
    const auto add = [&](const char* what, double value, const char* unit_name) {
        all.push_back({unit.name + "." + what, value, unit_name, source});
    };
    if (!unit.parts) {
        add("energy_per_operation", unit.energy_per_operation.count(), "J");
        add("area", unit.area.count(), "mm2");
        return;
    }
    add("multipliers", static_cast<double>(unit.parts->multipliers), "");
    add("adders", static_cast<double>(unit.parts->adders), "");
    add("tables", static_cast<double>(unit.parts->tables), "");
    add("registers", static_cast<double>(unit.parts->registers.count()), "B");
    add("sram", static_cast<double>(unit.parts->sram.count()), "B");
}

}  // namespace

std::vector<AreaPart> area_parts(const Accelerator& accelerator) {
    std::vector<AreaPart> parts;
    core::SquareMillimetres sum;
    for (const Component& part : components(accelerator)) {
        parts.push_back({part.name, part.area});
        sum += part.area;
    }
    parts.push_back({"wiring and control", sum * accelerator.technology->area_overhead});
    return parts;
}

core::SquareMillimetres area(const Accelerator& accelerator) {
    core::SquareMillimetres sum;
    for (const AreaPart& part : area_parts(accelerator)) sum += part.area;
    return sum;
}

std::vector<PowerPart> peak_power(const Accelerator& accelerator) {
    const EnergyTable table = energy_table(accelerator);
    const auto components_of_chip = components(accelerator);
    std::vector<PowerPart> parts;
    const auto add = [&](const std::string& name, Joules per_cycle) {
        parts.push_back({name, at_rate(per_cycle, accelerator.clock), leakage_of(components_of_chip, name)});
    };
    for (std::size_t i = 0; i < accelerator.buffers.size(); ++i) {
        const Buffer& buffer = accelerator.buffers[i];
        const Joules byte = std::max(table.buffers[i].read_byte, table.buffers[i].write_byte);
        const auto copies = accelerator.cores.own(i) ? accelerator.cores.count : 1;
        add(buffer.name, (byte + table.wire_byte) * buffer.per_cycle() * copies);
    }
    for (std::size_t i = 0; i < accelerator.engines.size(); ++i)
        add(name(accelerator.engines[i]),
            std::visit(BusyCycle{table, table.register_bits[i], table.unit_cycle[i]}, accelerator.engines[i]) *
                accelerator.cores.count);
    if (accelerator.network.topology != Topology::direct) add("network", Joules(0));
    if (accelerator.cores.link.area.count() > 0) add("core links", Joules(0));
    add("dma", Joules(0));
    if (accelerator.clock_network.count() > 0) add("clock network", accelerator.clock_network);
    return parts;
}

std::vector<core::Constant> given_energies(const ExplicitHierarchy& hierarchy) {
    std::vector<core::Constant> all;
    const auto add = [&](const std::string& name, Joules energy) {
        all.push_back({name, energy.count(), "J", "the accelerator file"});
    };
    for (const auto& level : hierarchy.levels) {
        add(level.name + ".read_energy", level.read_energy);
        add(level.name + ".write_energy", level.write_energy);
    }
    add("multiplier.energy", hierarchy.multiply_energy);
    return all;
}

std::vector<core::Constant> constants(const Accelerator& accelerator) {
    auto all = accelerator.hierarchy ? given_energies(*accelerator.hierarchy) : std::vector<core::Constant>();
    const auto& node = accelerator.technology->constants;
    all.insert(all.end(), node.begin(), node.end());
    const auto& dram = accelerator.dram.standard->constants;
    all.insert(all.end(), dram.begin(), dram.end());
    all.push_back({"voltage", accelerator.voltage.count(), "V",
                   "the lowest operating point that reaches the clock, unless the accelerator file gives one"});
    all.push_back(
        estimate("flip_flop_words", flip_flop_words,
                 "estimate: Eyeriss (Chen et al., JSSC 2017) makes 12 and 24 words of registers, 224 of SRAM"));
    all.push_back(estimate("function_pieces", function_pieces,
                           "piecewise-linear functions of 16 pieces: Yu et al., NN-LUT, DAC 2022"));
    all.push_back(estimate("second_port_area", port_area_factor(2),
                           "CACTI 7: two wire pitches of 2.5 features on each side of a cell of 10.0 x 14.6 features"));
    const auto rlc = [](const auto& memory) { return memory.compression.scheme == Scheme::rlc; };
    if (rlc(accelerator.dram) || std::ranges::any_of(accelerator.buffers, rlc))
        all.push_back(estimate("rlc_run_bits", rlc_run_bits,
                               "Eyeriss (Chen et al., JSSC 2017, section V-A): runs of up to 31 zeros, 64-bit packs"));
    for (const Engine& engine : accelerator.engines)
        if (const auto* unit = std::get_if<CustomUnit>(&engine)) add_constants(*unit, all);
    all.push_back(estimate("wire_length", 0.5, "estimate: a byte travels half the edge of the chip to its engine"));
    return all;
}

}  // namespace dyad::models
