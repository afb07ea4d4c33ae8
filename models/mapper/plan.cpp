// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/mapper/nest_mapping.hpp"

namespace dyad::models::mapper {
namespace {

constexpr auto o = index(Operand::outputs);

core::Joules joules(double each, std::uint64_t count) { return core::Joules(each * static_cast<double>(count)); }

/// Whole bytes of what is expected; nothing where the plain and the compressed tensor are the same.
std::uint64_t times(std::uint64_t bytes, double factor) {
    return factor == 1 ? bytes : static_cast<std::uint64_t>(std::llround(static_cast<double>(bytes) * factor));
}

/// Loaded and read outputs are sums, which are never compressed.
double stored(const std::array<double, 3>& fractions, Operand operand) {
    return operand == Operand::outputs ? 1 : fractions[index(operand)];
}

/// Bytes by which finished outputs differ between two memories.
std::uint64_t converted(const Problem& problem, std::uint64_t bytes, double from, double to) {
    return from == to ? bytes
                      : static_cast<std::uint64_t>(
                            std::llround(static_cast<double>(bytes) + problem.output_bytes() * (to - from)));
}

/// What the tiles move at one level for one operand. A word passes every buffer on its way that keeps its operand;
/// draining a buffer is not counted as a read of it (cost_model.md section 3, rule 4).
Traffic traffic_of(const Problem& problem, std::size_t buffer, Operand operand, const TileTotals& moved) {
    const auto at = index(operand);
    const auto& here = problem.buffers[buffer].stored;
    const bool inner = problem.innermost(operand) == buffer;
    const auto loaded = times(moved.load_bytes[at], stored(here, operand) / stored(problem.dram.stored, operand));
    Traffic row{problem.buffers[buffer].name, operand, core::Bytes(inner ? moved.buffer_read_bytes[at] : loaded),
                core::Bytes(loaded)};
    if (operand == Operand::outputs)
        row.write += core::Bytes(inner ? moved.buffer_write_bytes
                                       : converted(problem, moved.store_bytes, problem.dram.stored[o], here[o]));
    return row;
}

/// Bytes between the engine and where its operands come from: plain ones.
std::uint64_t wired(const Problem& problem, const TileTotals& moved) {
    std::uint64_t sum = 0;
    for (const auto operand : operands) {
        const auto inner = problem.innermost(operand);
        const auto& from = inner ? problem.buffers[*inner].stored : problem.dram.stored;
        const auto& bytes = inner ? moved.buffer_read_bytes : moved.load_bytes;
        sum += times(bytes[index(operand)], 1 / stored(from, operand));
        if (operand == Operand::outputs)
            sum += converted(problem, inner ? moved.buffer_write_bytes : moved.store_bytes, from[o], 1);
    }
    return sum;
}

/// Multipliers that a full tile engages.
std::uint64_t engaged(const EngineModel& engine, const NestByRole& nest, const Extents& tile) {
    std::uint64_t product = 1;
    for (const auto role : roles) {
        const auto& walk = engine.walk[index(role)];
        std::uint64_t steps = 1;
        for (const auto d : nest.dims[index(role)]) {
            const auto side = walk.unroll.empty() ? 1 : walk.unroll[d];
            product *= std::min(side, tile[d]);
            steps *= core::ceil_div(tile[d], side);
        }
        if (!walk.streamed) product *= std::min(walk.side, steps);
    }
    return engine.rate == 1 ? product : engine.multipliers;
}

Extents full_tile(const NestByRole& nest, const std::vector<TileLoop>& loops) {
    auto tile = nest.size;
    for (const auto& loop : loops) tile[loop.dim] = loop.tile;
    return tile;
}

std::array<std::uint64_t, 3> tile_words(const NestByRole& nest, const Extents& tile) {
    std::array<std::uint64_t, 3> words{1, 1, 1};
    for (const auto operand : operands)
        for (const auto role : roles) words[index(operand)] *= nest.words(role, operand, tile);
    return words;
}

using Options = ByRole<RoleOption>;

/// Bytes of the tile by buffer and operand; of an accumulator that sums only pass, what one stream leaves in it.
std::vector<std::array<core::Bytes, 3>> space_of(const Problem& problem, const Options& options,
                                                 const std::array<std::uint64_t, 3>& words) {
    const auto& sums = options[index(Role::window)];
    std::vector<std::array<core::Bytes, 3>> result(problem.buffers.size());
    for (std::size_t b = 0; b < result.size(); ++b) {
        for (const auto operand : operands) {
            const auto bits = problem.held_bits(b, operand, sums.partial, sums.tiles > 1);
            result[b][index(operand)] = core::Bytes((words[index(operand)] * bits + 7) / 8);
        }
        auto& outputs = result[b][index(Operand::outputs)];
        if (problem.buffers[b].accumulator && outputs == core::Bytes()) outputs = core::Bytes(problem.buffers[b].bytes);
    }
    return result;
}

LevelCounts dram_counts(const LoopNest& nest, Operand operand, const WalkTotals& totals) {
    return {.instances = 1,
            .tile_words = nest.words(operand).count(),
            .reads = totals.loaded[index(operand)],
            .updates = operand == Operand::outputs ? totals.stored : 0};
}

LevelCounts buffer_counts(const Problem& problem, std::size_t buffer, Operand operand, std::uint64_t tile,
                          const WalkTotals& totals) {
    if (!problem.buffers[buffer].keeps[index(operand)]) return {};
    const bool inner = problem.innermost(operand) == buffer;
    LevelCounts counts{.instances = 1, .tile_words = tile, .fills = totals.loaded[index(operand)]};
    counts.reads = inner ? totals.read[index(operand)] : totals.loaded[index(operand)];
    if (operand == Operand::outputs) counts.updates = inner ? totals.written : totals.stored;
    return counts;
}

LevelCounts register_counts(const Problem& problem, Operand operand, std::uint64_t instances,
                            const WalkTotals& totals) {
    if (!problem.engine.registers[index(operand)]) return {};
    const auto macs = problem.nest->macs();
    return {.instances = instances,
            .tile_words = 1,
            .reads = macs,
            .fills = totals.read[index(operand)],
            .updates = operand == Operand::outputs ? macs : 0};
}

AccessCounts counts_of(const Problem& problem, const NestByRole& nest, const Extents& tile, const TileWalk& walk) {
    AccessCounts counts;
    counts.engaged_multipliers = engaged(problem.engine, nest, tile);
    counts.compute_cycles = totals(walk.program).compute_cycles;
    const auto words = tile_words(nest, tile);
    counts.levels.resize(problem.buffers.size() + 2);
    for (const auto operand : operands) {
        const auto at = index(operand);
        counts.levels.front()[at] = dram_counts(*problem.nest, operand, walk.totals);
        for (std::size_t b = 0; b < problem.buffers.size(); ++b)
            counts.levels[b + 1][at] = buffer_counts(problem, b, operand, words[at], walk.totals);
        counts.levels.back()[at] = register_counts(problem, operand, counts.engaged_multipliers, walk.totals);
    }
    return counts;
}

core::Joules register_energy(const Problem& problem, const AccessCounts& counts) {
    core::Joules sum;
    for (const auto operand : operands) {
        const auto& level = counts.levels.back()[index(operand)];
        const auto bits = operand == Operand::outputs ? problem.engine.accumulator_bits : problem.bits[index(operand)];
        sum += joules(problem.register_energy[index(operand)], (level.reads + level.updates) * bits);
    }
    return sum;
}

std::uint64_t longest_stream(const EngineModel& engine) {
    const auto streamed = std::ranges::find_if(engine.walk, &Walk::streamed);
    return streamed == engine.walk.end() ? 0 : streamed->longest;
}

/// Of tiles that do not fit: the outermost buffer that is too small.
std::string too_large(const Problem& problem, const std::vector<std::array<core::Bytes, 3>>& space) {
    for (std::size_t b = 0; b < space.size(); ++b)
        if (const auto needed = (space[b][0] + space[b][1] + space[b][2]).count(); needed > problem.buffers[b].bytes)
            return fmt::format("a tile takes {} B of '{}', which has {} B for one", needed, problem.buffers[b].name,
                               problem.buffers[b].bytes);
    return "such tiles do not fit the buffers";
}

/// Of a mapping that fits: its tiles, the loops over them, what came of walking them and how long they take.
std::shared_ptr<KernelPlan> build(const Problem& problem, const NestByRole& nest, const Options& options,
                                  const std::vector<TileLoop>& loops, TileWalk walk, double cycles) {
    auto plan = std::make_shared<KernelPlan>();
    const auto tile = full_tile(nest, loops);
    plan->counts = counts_of(problem, nest, tile, walk);
    plan->mapping = nest_mapping(problem, nest, tile, loops, plan->counts);
    plan->tiles = std::move(walk.program);
    plan->order = {loops, longest_stream(problem.engine)};
    plan->used_macs_per_cycle = plan->counts.engaged_multipliers;
    plan->energy.mac = joules(problem.mac_energy, problem.nest->macs()) + core::Joules(problem.vector_energy);
    plan->energy.reg = register_energy(problem, plan->counts);
    set_totals(*plan, problem, cycles);
    set_space(*plan, problem, space_of(problem, options, tile_words(nest, tile)));
    return plan;
}

}  // namespace

void set_totals(KernelPlan& plan, const Problem& problem, double cycles) {
    const auto moved = totals(plan.tiles);
    auto& energy = plan.energy;
    for (const auto operand : operands) {
        const auto stored = core::Bytes(operand == Operand::outputs ? moved.store_bytes : 0);
        const core::Bytes loaded(moved.load_bytes[index(operand)]);
        plan.traffic.push_back({problem.dram.name, operand, loaded, stored});
        energy.dram +=
            joules(problem.dram.read_energy, loaded.count()) + joules(problem.dram.write_energy, stored.count());
        for (std::size_t b = 0; b < problem.buffers.size(); ++b) {
            if (!problem.buffers[b].keeps[index(operand)]) continue;
            const auto traffic = traffic_of(problem, b, operand, moved);
            energy.buffer += joules(problem.buffers[b].read_energy, traffic.read.count()) +
                             joules(problem.buffers[b].write_energy, traffic.write.count());
            plan.traffic.push_back(traffic);
        }
    }
    energy.network = joules(problem.wire_energy, wired(problem, moved));
    plan.compute = core::Cycles(problem.engine.launch + moved.compute_cycles);
    plan.cycles = std::max(plan.compute, core::Cycles(static_cast<std::uint64_t>(std::ceil(cycles))));
}

void set_space(KernelPlan& plan, const Problem& problem, std::vector<std::array<core::Bytes, 3>> tile) {
    plan.space = std::move(tile);
    for (std::size_t b = 0; b < plan.space.size(); ++b) {
        for (auto& bytes : plan.space[b]) {
            bytes = problem.buffers[b].copies * bytes;
            plan.working_set += bytes;
        }
    }
}

MappedKernel plan_nest(Problem problem, RoleMemo& memo, const Limits& limits, bool in_one_tile) {
    if (auto plan = plan_passes(problem)) return {std::move(plan), 0};
    const NestByRole nest(*problem.nest);
    if (!fit_accumulator(problem, nest)) return {};
    const auto found = in_one_tile ? search_one_tile(problem, nest, memo) : search(problem, nest, limits, memo);
    if (!found) return {};
    const auto loops = tile_loops(nest, *found);
    auto plan = build(problem, nest, found->options, loops, walk_tiles(problem, nest, loops), found->cost.cycles);
    plan->optimal = found->optimal;
    plan->evaluated = found->evaluated;
    plan->pruned = found->pruned;
    return {std::move(plan), found->gap};
}

TiledPlan plan_tiles(Problem problem, const std::vector<TileLoop>& loops) {
    const NestByRole nest(*problem.nest);
    if (!fit_accumulator(problem, nest))
        return {nullptr, fmt::format("the sums of one step do not fit '{}'", problem.buffers.back().name)};
    const auto tile = full_tile(nest, loops);
    Options options;
    Candidate candidate;
    for (const auto role : roles) {
        options[index(role)] = role_option(nest, role, problem.engine.walk[index(role)], tile);
        candidate.options[index(role)] = &options[index(role)];
    }
    const CostModel model(problem, nest);
    if (!model.fits(candidate))
        return {nullptr, too_large(problem, space_of(problem, options, tile_words(nest, tile)))};
    auto walk = walk_tiles(problem, nest, loops);
    const auto cost = model(candidate, model.moved(walk.totals));
    auto plan = build(problem, nest, options, loops, std::move(walk), cost.cycles);
    plan->evaluated = 1;
    return {std::move(plan), ""};
}

}  // namespace dyad::models::mapper
