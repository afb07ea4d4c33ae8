// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "hw_space/parse.hpp"

namespace dyad::hw_space {
namespace {

bool names(const std::vector<std::string>& list, const char* tensor) {
    return std::find(list.begin(), list.end(), tensor) != list.end();
}

core::Precision precision(unsigned bits) {
    return bits <= 4    ? core::Precision::int4
           : bits <= 8  ? core::Precision::int8
           : bits <= 16 ? core::Precision::int16
                        : core::Precision::int32;
}

core::Bytes bytes(double words, unsigned bits) {
    return core::Bytes(static_cast<std::uint64_t>(std::max(1.0, std::ceil(words * bits / 8))));
}

Buffer buffer(const MemoryLevel& level, const Keeps& kept) {
    Buffer all;
    all.name = level.name;
    all.size = bytes(static_cast<double>(level.capacity.count()), level.word_bits);
    all.width = bytes(std::max({level.read_rate, level.write_rate, level.shared_rate, 1.0}), level.word_bits);
    all.keeps = kept;
    all.double_buffered = false;
    all.compression = level.compression;
    return all;
}

void add_registers(const MemoryLevel& level, const Keeps& kept, std::uint64_t multipliers, Registers& registers) {
    const auto share = static_cast<std::uint64_t>(kept.weights) + kept.inputs + kept.outputs;
    if (share == 0) return;
    const auto words = std::max<std::uint64_t>(level.capacity.count() * level.instances / multipliers / share, 1);
    if (kept.weights) registers.weights += words;
    if (kept.inputs) registers.inputs += words;
    if (kept.outputs) registers.psums += words;
}

}  // namespace

Keeps keeps(const ExplicitHierarchy& hierarchy, const std::string& level) {
    Keeps all;
    for (const auto& c : hierarchy.constraints) {
        if (c.level != level) continue;
        all.weights = all.weights && !names(c.bypass, "weights");
        all.inputs = all.inputs && !names(c.bypass, "inputs");
        all.outputs = all.outputs && !names(c.bypass, "outputs");
    }
    return all;
}

void build_from(const ExplicitHierarchy& hierarchy, Accelerator& chip) {
    PeArray array;
    array.cols = hierarchy.multiplier_columns;
    array.rows = hierarchy.multipliers / hierarchy.multiplier_columns;
    array.precision = precision(hierarchy.multiplier_bits);
    array.accumulate = array.precision;
    array.output_lanes = array.cols;
    array.gating = hierarchy.gating;
    chip.dram.name = hierarchy.levels.front().name;
    chip.dram.standard = dram_standard("lpddr4-3200");
    chip.dram.compression = hierarchy.levels.front().compression;
    for (std::size_t l = 1; l < hierarchy.levels.size(); ++l) {
        const auto& level = hierarchy.levels[l];
        const auto kept = keeps(hierarchy, level.name);
        if (level.instances == 1)
            chip.buffers.push_back(buffer(level, kept));
        else
            add_registers(level, kept, hierarchy.multipliers, array.registers);
    }
    chip.engines.emplace_back(array);
}

}  // namespace dyad::hw_space
