// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "models/report_builder.hpp"

namespace dyad::models {
namespace {

constexpr auto weights = static_cast<std::size_t>(Operand::weights);
constexpr auto inputs = static_cast<std::size_t>(Operand::inputs);
constexpr auto outputs = static_cast<std::size_t>(Operand::outputs);

/// part * whole / of, without overflow.
std::uint64_t share(std::uint64_t part, std::uint64_t whole, std::uint64_t of) {
    __extension__ using Wide = unsigned __int128;
    return of == 0 ? 0 : static_cast<std::uint64_t>(Wide{part} * whole / of);
}

/// Tiles in pairs, the first of which only streams weights past the buffers (plan_passes.hpp): the next weights are on
/// their way while the second computes, and nothing else is, though the buffers are single.
bool streams_weights(const TileProgram& program) {
    const auto& first = program.front().runs.front().tile;
    return first.compute_cycles == 0 && first.load_bytes[weights] > 0 && first.load_bytes[inputs] == 0;
}

/// Which operands move between the buffer where tensors stay and buffers of the core: those that these keep.
std::array<bool, 3> kept_by_core(const hw_space::Accelerator& chip) {
    std::array<bool, 3> kept{};
    for (std::size_t b = 0; b < chip.buffers.size(); ++b) {
        if (!chip.cores.own(b)) continue;
        const auto& keeps = chip.buffers[b].keeps;
        kept = {kept[0] || keeps.weights, kept[1] || keeps.inputs, kept[2] || keeps.outputs};
    }
    return kept;
}

/// What of a plan's tile crosses DRAM when its operands live where the step says; what comes from a shared buffer
/// instead.
Tile crossing(Tile tile, const Step& step, const std::array<bool, 3>& kept) {
    const std::array resident{step.weights == Home::buffer, step.inputs == Home::buffer, step.outputs == Home::buffer};
    for (const auto operand : {weights, inputs, outputs}) {
        if (!resident[operand]) continue;
        if (kept[operand]) tile.shared_load_bytes += tile.load_bytes[operand];
        tile.load_bytes[operand] = 0;
    }
    if (!resident[outputs]) return tile;
    if (kept[outputs]) tile.shared_store_bytes += tile.store_bytes;
    tile.store_bytes = 0;
    return tile;
}

/// What one core does of a step.
const KernelPlan& part_of(const Step& step, std::size_t core) {
    return step.plan->parts.empty() ? *step.plan : *step.plan->parts.at(core);
}

/// The residual bytes of one core's part, in proportion to what it stores, so that the parts add up.
std::uint64_t side_of_part(const Step& step, std::size_t core) {
    const auto side = step.side_from_dram.count();
    if (step.plan->parts.empty()) return side;
    std::uint64_t before = 0, all = 0;
    for (std::size_t i = 0; i < step.plan->parts.size(); ++i) {
        const auto stored = totals(step.plan->parts[i]->tiles).store_bytes;
        if (i < core) before += stored;
        all += stored;
    }
    const auto mine = totals(part_of(step, core).tiles).store_bytes;
    return share(before + mine, side, all) - share(before, side, all);
}

/// Tiles of a plan after residency; the residual operand is read in step with the stores, its rounding at the end.
TileProgram dram_tiles(const Step& step, TileProgram program, std::uint64_t side, const std::array<bool, 3>& kept) {
    const auto stored = totals(program).store_bytes;
    auto left = side;
    for (auto& block : program) {
        for (auto& run : block.runs) {
            const auto part = share(run.tile.store_bytes, side, stored);
            run.tile = crossing(run.tile, step, kept);
            run.tile.load_bytes[inputs] += part;
            left -= block.repeat * run.count * part;
        }
    }
    if (left == 0) return program;
    last_tile(program).load_bytes[inputs] += left;
    return program;
}

TileProgram without_prefetch(TileProgram program, core::Bytes prefetch) {
    if (prefetch == core::Bytes()) return program;
    if (program.front().runs.front().tile.load_bytes[weights] < prefetch.count())
        throw std::logic_error("a step prefetches more weights than its first tile loads");
    first_tile(program).load_bytes[weights] -= prefetch.count();
    return program;
}

}  // namespace

StepProgram step_program(const Schedule& schedule, std::size_t index, std::size_t part) {
    const auto& step = schedule.steps.at(index);
    if (!step.plan) throw std::logic_error("a host step has no tiles");
    const auto& buffers = schedule.accelerator->buffers;
    StepProgram program;
    program.double_buffered = std::ranges::all_of(buffers, &hw_space::Buffer::double_buffered);
    const auto kept = kept_by_core(*schedule.accelerator);
    if (const auto& chain = step.plan->chain) {
        const auto& lane = chain->lanes.at(part);
        const bool stores = totals(lane.tiles).store_bytes > 0;
        program.launch = lane.launch;
        if (part == 0) program.prefetch = step.prefetch;
        program.tiles = without_prefetch(dram_tiles(step, lane.tiles, stores ? step.side_from_dram.count() : 0, kept),
                                         program.prefetch);
        return program;
    }
    const auto& plan = part_of(step, part);
    program.launch = plan.compute - dyad::core::Cycles(totals(plan.tiles).compute_cycles);
    program.prefetch = step.prefetch;
    program.double_buffered =
        streams_weights(plan.tiles) || std::ranges::all_of(buffers, &hw_space::Buffer::double_buffered);
    program.space = plan.space;
    program.tiles = without_prefetch(dram_tiles(step, plan.tiles, side_of_part(step, part), kept), step.prefetch);
    return program;
}

}  // namespace dyad::models
