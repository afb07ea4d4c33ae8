// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "models/mapper/plan.hpp"
#include "models/mapper/search.hpp"

namespace dyad::models::mapper {
namespace {

constexpr auto w = index(Operand::weights), i = index(Operand::inputs), o = index(Operand::outputs);

/// What a vector kernel moves and computes in all.
struct Work {
    std::array<std::uint64_t, 3> bytes{};
    std::uint64_t cycles = 0, elements = 0;
};

Work work_of(const Problem& problem) {
    return {{problem.weight_bytes.count(), (problem.inputs.count() * problem.bits[i] + 7) / 8,
             (problem.outputs.count() * problem.bits[o] + 7) / 8},
            static_cast<std::uint64_t>(std::ceil(problem.vector_cycles)),
            std::max(problem.inputs.count(), problem.outputs.count())};
}

/// The n-th part; the last one, which is the largest, takes what the others leave.
std::uint64_t part(std::uint64_t all, std::uint64_t chunks, bool last) {
    return last ? all - all / chunks * (chunks - 1) : all / chunks;
}

/// Bytes once compressed.
std::uint64_t shrunk(std::uint64_t bytes, double stored) {
    return stored < 1 ? static_cast<std::uint64_t>(std::ceil(static_cast<double>(bytes) * stored)) : bytes;
}

/// What is left of a byte of an operand where the unit reads or writes it.
double near(const Problem& problem, std::size_t operand) {
    const auto inner = problem.innermost(operands[operand]);
    return (inner ? problem.buffers[*inner].stored : problem.dram.stored)[operand];
}

Tile chunk(const Problem& problem, const Work& work, std::uint64_t chunks, bool last) {
    Tile tile;
    for (const auto operand : {w, i}) {
        const auto bytes = part(work.bytes[operand], chunks, last);
        const auto read = bytes * (operand == i ? problem.passes : 1);
        const bool kept = problem.innermost(operands[operand]).has_value();
        tile.load_bytes[operand] = shrunk(kept ? bytes : read, problem.dram.stored[operand]);
        tile.buffer_read_bytes[operand] = kept ? shrunk(read, near(problem, operand)) : 0;
    }
    const auto written = part(work.bytes[o], chunks, last);
    tile.store_bytes = shrunk(written, problem.dram.stored[o]);
    if (problem.innermost(Operand::outputs)) tile.buffer_write_bytes = shrunk(written, near(problem, o));
    tile.compute_cycles = part(work.cycles, chunks, last);
    return tile;
}

std::array<core::Bytes, 3> largest_chunk(const Work& work, std::uint64_t chunks) {
    std::array<core::Bytes, 3> result;
    for (std::size_t at = 0; at < result.size(); ++at) result[at] = core::Bytes(part(work.bytes[at], chunks, true));
    return result;
}

std::vector<std::array<core::Bytes, 3>> space_of(const Problem& problem, const std::array<core::Bytes, 3>& chunk) {
    std::vector<std::array<core::Bytes, 3>> result(problem.buffers.size());
    for (std::size_t b = 0; b < result.size(); ++b)
        for (std::size_t at = 0; at < chunk.size(); ++at)
            if (problem.buffers[b].keeps[at]) result[b][at] = chunk[at];
    return result;
}

bool fits(const Problem& problem, const Work& work, std::uint64_t chunks) {
    const auto chunk_bytes = largest_chunk(work, chunks);
    return std::ranges::all_of(problem.buffers, [&](const BufferView& buffer) {
        std::uint64_t sum = 0;
        for (std::size_t at = 0; at < chunk_bytes.size(); ++at) sum += buffer.keeps[at] ? chunk_bytes[at].count() : 0;
        return sum <= buffer.bytes;
    });
}

/// Buffers serve the unit and DRAM at the same time.
double compute_cycles(const Problem& problem, const Work& work) {
    auto cycles = static_cast<double>(work.cycles);
    const auto all = chunk(problem, work, 1, true);
    const auto moved = all.load_bytes[w] + all.load_bytes[i] + all.buffer_read_bytes[w] + all.buffer_read_bytes[i] +
                       all.buffer_write_bytes;
    for (const auto& buffer : problem.buffers)
        cycles = std::max(cycles, static_cast<double>(moved) / buffer.bytes_per_cycle);
    const auto read = static_cast<double>(all.buffer_read_bytes[w] + all.buffer_read_bytes[i]);
    return std::max(cycles, problem.engine.port_cycles(read, static_cast<double>(all.buffer_write_bytes)));
}

/// Where buffers are double, loads and stores overlap with compute, but for the first load and the last store.
double cycles(const Problem& problem, const Work& work, std::uint64_t chunks) {
    const auto& dram = problem.dram;
    const auto all = chunk(problem, work, 1, true);
    const auto loads = static_cast<double>(all.load_bytes[w] + all.load_bytes[i]) / dram.bytes_per_cycle;
    const auto stores = static_cast<double>(all.store_bytes) / dram.bytes_per_cycle;
    const auto n = static_cast<double>(chunks);
    const auto compute = compute_cycles(problem, work);
    const auto overlapped = 2 * dram.row_cycles + (loads + stores) / n + compute;
    const auto transfers = n * dram.row_cycles + loads + stores;
    const auto busy = problem.overlaps() ? std::max(overlapped, transfers + compute / n) : transfers + compute;
    return static_cast<double>(problem.engine.launch) + busy;
}

struct Chosen {
    std::uint64_t chunks = 0, evaluated = 0;
};

/// The number of chunks that ends first, the fewest of those; energy does not depend on it. 0 when none fits.
Chosen best_chunks(const Problem& problem, const Work& work) {
    const auto most = most_chunks(problem);
    std::uint64_t fewest = 1;
    while (fewest <= most && !fits(problem, work, fewest)) ++fewest;
    if (fewest > most) return {};
    Chosen best{fewest, 0};
    for (auto chunks = fewest; chunks <= std::min(most, std::max(usual_tiles, fewest)); ++chunks) {
        if (!fits(problem, work, chunks)) continue;
        ++best.evaluated;
        if (cycles(problem, work, chunks) < cycles(problem, work, best.chunks)) best.chunks = chunks;
    }
    return best;
}

std::shared_ptr<KernelPlan> build(const Problem& problem, const Work& work, std::uint64_t chunks) {
    auto plan = std::make_shared<KernelPlan>();
    TileBlock block;
    if (chunks > 1) block.runs.push_back({chunks - 1, chunk(problem, work, chunks, false)});
    block.runs.push_back({1, chunk(problem, work, chunks, true)});
    plan->tiles = {block};
    plan->energy.mac = core::Joules(problem.vector_energy);
    set_totals(*plan, problem, cycles(problem, work, chunks));
    set_space(*plan, problem, space_of(problem, largest_chunk(work, chunks)));
    return plan;
}

}  // namespace

std::uint64_t most_chunks(const Problem& problem) {
    return std::clamp<std::uint64_t>(work_of(problem).elements, 1, most_tiles);
}

std::shared_ptr<const KernelPlan> plan_vector(const Problem& problem, bool in_one_tile) {
    const auto work = work_of(problem);
    const auto chosen = in_one_tile && fits(problem, work, 1) ? Chosen{1, 1} : best_chunks(problem, work);
    if (chosen.chunks == 0) return nullptr;
    auto plan = build(problem, work, chosen.chunks);
    plan->optimal = true;
    plan->evaluated = chosen.evaluated;
    return plan;
}

std::shared_ptr<const KernelPlan> plan_chunks(const Problem& problem, std::uint64_t chunks) {
    const auto work = work_of(problem);
    if (!fits(problem, work, chunks)) return nullptr;
    auto plan = build(problem, work, chunks);
    plan->evaluated = 1;
    return plan;
}

}  // namespace dyad::models::mapper
