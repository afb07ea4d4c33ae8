// SPDX-License-Identifier: Apache-2.0
#include <bit>

#include "models/mapper/problem.hpp"

namespace dyad::models::mapper {
namespace {

/// Appends numbers; lists and texts say their length first, so that no two problems read alike.
class KeyWriter {
public:
    KeyWriter() { key_.reserve(160); }
    void add(std::uint64_t number) { key_.push_back(number); }
    void add(double number) { key_.push_back(std::bit_cast<std::uint64_t>(number)); }
    void add(const Extents& list) {
        add(list.size());
        for (const auto number : list) add(number);
    }
    void add(const std::string& text) {
        add(text.size());
        for (std::size_t i = 0; i < text.size(); i += 8) {
            std::uint64_t packed = 0;
            for (auto j = i; j < std::min(i + 8, text.size()); ++j)
                packed = packed << 8 | static_cast<unsigned char>(text[j]);
            add(packed);
        }
    }
    void add(const std::array<bool, 3>& flags) {
        add(std::uint64_t{flags[0]} | std::uint64_t{flags[1]} << 1 | std::uint64_t{flags[2]} << 2);
    }
    void add(const LoopNest& nest) {
        add(nest.dims.size());
        for (const auto& dim : nest.dims) add(dim.size);
        for (const auto& projection : nest.projections) {
            add(projection.size());
            for (const auto& axis : projection) add(axis);
        }
    }
    void add(const Axis& axis) {
        add(axis.size());
        for (const auto& term : axis) {
            add(std::uint64_t{term.dim});
            add(term.coefficient);
        }
    }
    void add(const Walk& walk) {
        add(walk.unroll);
        add(walk.on_rows);
        add(static_cast<std::uint64_t>(walk.axis));
        for (const auto number : {walk.side, walk.depth, std::uint64_t{walk.streamed}, walk.at_least, walk.extra})
            add(number);
    }
    void add(const EngineModel& engine) {
        for (const auto& walk : engine.walk) add(walk);
        add(engine.rate);
        add(engine.products);
        add(engine.registers);
        for (const auto number :
             {engine.precision_passes, engine.start, engine.end, std::uint64_t{engine.reads_windows},
              std::uint64_t{engine.accumulates}, engine.multipliers, engine.output_lanes, engine.launch,
              std::uint64_t{engine.accumulator_bits}})
            add(number);
        for (const auto width : {engine.port_in, engine.port_out, engine.port_both}) add(width);
        add(std::uint64_t{engine.passes.has_value()});
        if (engine.passes) add(*engine.passes);
    }
    void add(const PassArray& array) {
        for (const auto number :
             {array.rows, array.cols, array.registers.weights, array.registers.inputs, array.registers.psums})
            add(number);
    }
    void add(const BufferView& buffer) {
        add(buffer.name);
        add(buffer.keeps);
        add(buffer.width_bytes);
        add(buffer.copies);
        for (const auto number : {buffer.bytes_per_cycle, buffer.read_energy, buffer.write_energy}) add(number);
        for (const auto stored : buffer.stored) add(stored);
    }
    [[nodiscard]] Key take() { return std::move(key_); }

private:
    Key key_;
};

KeyWriter without_room(const Problem& problem) {
    KeyWriter writer;
    writer.add(std::uint64_t{problem.nest != nullptr});
    if (problem.nest) writer.add(*problem.nest);
    writer.add(problem.engine);
    for (const auto bits : problem.bits) writer.add(std::uint64_t{bits});
    for (const auto count : {problem.weight_bytes.count(), problem.inputs.count(), problem.outputs.count(),
                             problem.passes, problem.evaluations, static_cast<std::uint64_t>(problem.objective)})
        writer.add(count);
    for (const auto number :
         {problem.vector_cycles, problem.dram.bytes_per_cycle, problem.dram.row_cycles, problem.dram.read_energy,
          problem.dram.write_energy, problem.mac_energy, problem.vector_energy, problem.wire_energy,
          problem.register_energy[0], problem.register_energy[1], problem.register_energy[2]})
        writer.add(number);
    for (const auto stored : problem.dram.stored) writer.add(stored);
    writer.add(problem.dram.name);
    writer.add(std::uint64_t{problem.buffers.size()});
    for (const auto& buffer : problem.buffers) writer.add(buffer);
    return writer;
}

}  // namespace

Key key_without_room(const Problem& problem) { return without_room(problem).take(); }

Key key(const Problem& problem) {
    auto writer = without_room(problem);
    for (const auto& buffer : problem.buffers) {
        writer.add(buffer.bytes);
        writer.add(buffer.bank_bytes);
    }
    return writer.take();
}

}  // namespace dyad::models::mapper
