// SPDX-License-Identifier: Apache-2.0
#include "models/compression.hpp"
#include "models/mapper.hpp"
#include "models/mapper/engine_model.hpp"

namespace dyad::models {
namespace {

using mapper::index;

/// Bits of a word of each operand on chip, where outputs are partial sums.
std::array<unsigned, 3> bits_on_chip(const Kernel& kernel, unsigned accumulator) {
    return {core::bits(kernel.weight_precision), core::bits(kernel.input_precision), accumulator};
}

/// Joules a word of each operand from joules a bit.
std::array<core::Joules, 3> per_word(core::Joules bit, const std::array<unsigned, 3>& bits) {
    std::array<core::Joules, 3> result;
    for (std::size_t at = 0; at < bits.size(); ++at) result[at] = static_cast<double>(bits[at]) * bit;
    return result;
}

core::Joules per_bit(core::Joules byte) { return 0.125 * byte; }

/// Outputs are partial sums here, which are never compressed.
void compress(StorageLevel& level, const hw_space::Compression& compression, const Kernel& kernel) {
    const auto stored = stored_fractions(compression, kernel);
    for (const auto operand : {Operand::weights, Operand::inputs})
        for (auto* energy : {&level.read_energy, &level.write_energy})
            (*energy)[index(operand)] = stored[index(operand)] * (*energy)[index(operand)];
}

StorageLevel dram_level(const hw_space::Accelerator& accelerator, const Kernel& kernel, const EnergyTable& energy) {
    const auto bits = bits_on_chip(kernel, core::bits(kernel.output_precision));
    StorageLevel level{.name = accelerator.dram.name};
    level.shared_words_per_cycle =
        accelerator.dram.peak().count() / accelerator.clock.count() * 8 / core::bits(kernel.input_precision);
    level.read_energy = per_word(per_bit(energy.dram_read_byte), bits);
    level.write_energy = per_word(per_bit(energy.dram_write_byte), bits);
    compress(level, accelerator.dram.compression, kernel);
    return level;
}

StorageLevel buffer_level(const hw_space::Buffer& buffer, const EnergyTable::BufferAccess& energy, const Kernel& kernel,
                          const std::array<unsigned, 3>& bits) {
    StorageLevel level{.name = buffer.name};
    level.keeps = {buffer.keeps.weights, buffer.keeps.inputs, buffer.keeps.outputs};
    level.shared_bits = buffer.size.count() * 8 / (buffer.double_buffered ? 2 : 1);
    level.shared_words_per_cycle =
        static_cast<double>(buffer.per_cycle().count() * 8) / core::bits(kernel.input_precision);
    level.read_energy = per_word(per_bit(energy.read_byte), bits);
    level.write_energy = per_word(per_bit(energy.write_byte), bits);
    compress(level, buffer.compression, kernel);
    return level;
}

StorageLevel register_level(const hw_space::Engine& engine, const std::array<core::Joules, 3>& bit,
                            const std::array<unsigned, 3>& bits) {
    StorageLevel level{.name = hw_space::name(engine) + "/registers"};
    if (const auto* array = std::get_if<hw_space::PeArray>(&engine)) {
        level.capacity_words = {array->registers.weights, array->registers.inputs, array->registers.psums};
        for (std::size_t at = 0; at < bits.size(); ++at) level.keeps[at] = level.capacity_words[at] > 0;
    }
    for (std::size_t at = 0; at < bits.size(); ++at)
        level.read_energy[at] = level.write_energy[at] = static_cast<double>(bits[at]) * bit[at];
    return level;
}

/// `engine` is one of the accelerator's, or one like none of them.
std::array<core::Joules, 3> register_bits(const hw_space::Accelerator& accelerator, const hw_space::Engine& engine,
                                          const EnergyTable& energy) {
    for (std::size_t e = 0; e < accelerator.engines.size(); ++e)
        if (&accelerator.engines[e] == &engine) return energy.register_bits[e];
    return {energy.register_bit, energy.register_bit, energy.register_bit};
}

}  // namespace

Hierarchy hierarchy(const hw_space::Accelerator& accelerator, const hw_space::Engine& engine, const Kernel& kernel,
                    const EnergyTable& energy) {
    const auto model = mapper::engine_model(engine, kernel, accelerator.clock);
    const auto bits = bits_on_chip(kernel, model ? model->accumulator_bits : core::bits(kernel.output_precision));
    Hierarchy result;
    result.levels.push_back(dram_level(accelerator, kernel, energy));
    for (std::size_t b = 0; b < accelerator.buffers.size(); ++b)
        result.levels.push_back(buffer_level(accelerator.buffers[b], energy.buffers[b], kernel, bits));
    if (const auto* array = std::get_if<hw_space::PeArray>(&engine)) {
        result.levels.back().fanout_rows = array->rows;
        result.levels.back().fanout_cols = array->cols;
    }
    const auto active = activity(engine, kernel);
    auto registers = register_bits(accelerator, engine, energy);
    for (std::size_t at = 0; at < registers.size(); ++at) registers[at] = active.registers[at] * registers[at];
    result.levels.push_back(register_level(engine, registers, bits));
    result.mac_energy = active.macs * energy.mac(engine, kernel.weight_precision, kernel.input_precision);
    return result;
}

}  // namespace dyad::models
