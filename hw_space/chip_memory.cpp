// SPDX-License-Identifier: Apache-2.0
#include "hw_space/chip_memory.hpp"

#include "hw_space/accelerator.hpp"

namespace dyad::hw_space {
namespace {

std::uint64_t bits(const PeArray& array) {
    const auto& words = array.registers;
    return array.rows * array.cols *
           ((words.weights + words.inputs) * core::bits(array.precision) + words.psums * core::bits(array.accumulate));
}
std::uint64_t bits(const CustomUnit& unit) {
    return unit.parts ? 8 * (unit.parts->registers + unit.parts->sram).count() : 0;
}
std::uint64_t bits(const DepthwiseUnit&) { return 0; }
std::uint64_t bits(const VectorUnit&) { return 0; }

std::uint64_t bits(const ExplicitHierarchy& hierarchy) {
    std::uint64_t sum = 0;
    for (std::size_t l = 1; l < hierarchy.levels.size(); ++l) {
        const auto& level = hierarchy.levels[l];
        sum += level.instances * level.capacity.count() * level.word_bits;
    }
    return sum;
}

}  // namespace

core::Bytes chip_memory(const Accelerator& chip) {
    if (chip.hierarchy) return core::Bytes(bits(*chip.hierarchy) / 8);
    std::uint64_t bytes = 0;
    for (std::size_t b = 0; b < chip.buffers.size(); ++b)
        bytes += chip.buffers[b].size.count() * (chip.cores.own(b) ? chip.cores.count : 1);
    for (const auto& engine : chip.engines)
        bytes += chip.cores.count * std::visit([](const auto& unit) { return bits(unit); }, engine) / 8;
    return core::Bytes(bytes);
}

}  // namespace dyad::hw_space
