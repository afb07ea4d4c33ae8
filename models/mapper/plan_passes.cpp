// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/plan_passes.hpp"

#include <algorithm>
#include <cmath>

#include "models/mapper/plan.hpp"

namespace dyad::models::mapper {
namespace {

constexpr auto w = index(Operand::weights), i = index(Operand::inputs), o = index(Operand::outputs);

/// Tiles into which the channels of a group of filters are cut at most: enough for the next weights to be on their way.
constexpr std::uint64_t most_steps = 8;

class Planner {
public:
    Planner(const Problem& problem, const PassShape& shape, const PassMapping& mapping)
        : problem_(problem), shape_(shape), mapping_(mapping) {}

    std::shared_ptr<KernelPlan> plan() {
        auto plan = std::make_shared<KernelPlan>();
        const auto strips = parts(shape_.rows, mapping_.e), filters = parts(shape_.filters, mapping_.m);
        add(plan->tiles, mapping_.e, mapping_.m, strips.full * filters.full);
        add(plan->tiles, mapping_.e, filters.rest, strips.full);
        add(plan->tiles, strips.rest, mapping_.m, filters.full);
        add(plan->tiles, strips.rest, filters.rest, 1);
        plan->passes = mapping_;
        plan->used_macs_per_cycle =
            std::min(shape_.filter_rows, problem_.engine.passes->rows) * mapping_.e * mapping_.t * mapping_.r;
        set_counts(*plan);
        const auto macs = static_cast<double>(problem_.nest->macs());
        plan->energy.mac = core::Joules(problem_.mac_energy * macs + problem_.vector_energy);
        const auto& access = problem_.register_energy;
        plan->energy.reg = core::Joules(macs * (access[w] * problem_.bits[w] + access[i] * problem_.bits[i] +
                                                2 * access[o] * problem_.engine.accumulator_bits));
        const auto moved = totals(plan->tiles);
        const auto exposed =
            static_cast<double>(moved.load_bytes[i] + moved.store_bytes) / problem_.dram.bytes_per_cycle;
        set_totals(*plan, problem_, static_cast<double>(problem_.engine.launch + moved.compute_cycles) + exposed);
        set_space(*plan, problem_, space());
        return plan;
    }

private:
    [[nodiscard]] std::uint64_t crossing(std::uint64_t words, std::size_t operand) const {
        const auto stored = static_cast<double>(words) * problem_.bits[operand] / 8 * problem_.dram.stored[operand];
        return static_cast<std::uint64_t>(std::ceil(stored));
    }

    /// The tiles of one group of filters on one strip, `times` times for every group of the layer and of images: pairs
    /// of a tile that streams weights and one that loads inputs, computes, and at the end stores.
    void add(TileProgram& program, std::uint64_t rows, std::uint64_t filters, std::uint64_t times) {
        if (rows * filters * times == 0) return;
        const auto cost = pass_cost(problem_, shape_, mapping_, rows, filters);
        const auto steps = steps_of(cost.channel_groups);
        TileBlock block{times * shape_.groups * (shape_.images / mapping_.n), {}};
        for (std::uint64_t step = 0; step < steps; ++step) {
            const auto share = [&](std::uint64_t all) { return all * (step + 1) / steps - all * step / steps; };
            Tile stream, pass;
            stream.load_bytes[w] = share(crossing(cost.weight_words, w));
            pass.load_bytes[i] = share(crossing(cost.input_words, i));
            pass.compute_cycles = share(static_cast<std::uint64_t>(std::ceil(cost.cycles)));
            const auto sums = (cost.sum_words * problem_.engine.accumulator_bits + 7) / 8;
            pass.buffer_read_bytes[i] = share(cost.input_words * cost.filter_groups * problem_.bits[i] / 8);
            pass.buffer_read_bytes[o] = share(sums * (cost.channel_groups - 1));
            pass.buffer_write_bytes = share(sums * cost.channel_groups);
            if (step + 1 == steps) pass.store_bytes = crossing(cost.sum_words, o);
            block.runs.push_back({1, stream});
            block.runs.push_back({1, pass});
        }
        count(cost, block.repeat);
        program.push_back(std::move(block));
    }

    /// Bytes of the inputs of all channels, and of the sums, of a full strip.
    [[nodiscard]] std::uint64_t input_bytes() const {
        const auto words = mapping_.n * shape_.channels * shape_.input_rows(mapping_.e) * shape_.input_cols();
        return (words * problem_.bits[i] + 7) / 8;
    }
    [[nodiscard]] std::uint64_t sum_bytes() const {
        return (space_words()[o] * problem_.engine.accumulator_bits + 7) / 8;
    }
    /// At least so many that the inputs of each have room beside the sums.
    [[nodiscard]] std::uint64_t steps_of(std::uint64_t channel_groups) const {
        const auto left = problem_.buffers.back().bytes - sum_bytes();
        return std::min(channel_groups, std::max(most_steps, core::ceil_div(input_bytes(), left)));
    }

    void count(const PassCost& cost, std::uint64_t times) {
        loaded_[w] += times * cost.weight_words;
        loaded_[i] += times * cost.input_words;
        stored_ += times * cost.sum_words;
        input_reads_ += times * cost.input_words * cost.filter_groups;
        sum_writes_ += times * cost.sum_words * cost.channel_groups;
    }

    /// In words, as `map` shows them: DRAM, the buffers, the elements' registers.
    void set_counts(KernelPlan& plan) const {
        auto& levels = plan.counts.levels;
        levels.resize(problem_.buffers.size() + 2);
        plan.counts.compute_cycles = totals(plan.tiles).compute_cycles;
        plan.counts.engaged_multipliers = plan.used_macs_per_cycle;
        const auto macs = problem_.nest->macs();
        for (const auto operand : operands) {
            const auto at = index(operand);
            const auto words = problem_.nest->words(operand).count();
            levels.front()[at] = {.instances = 1, .tile_words = words, .reads = loaded_[at]};
            levels.back()[at] = {.instances = plan.used_macs_per_cycle, .tile_words = 1, .reads = macs};
        }
        levels.front()[o].updates = stored_;
        levels.back()[o].updates = macs;
        auto& buffer = levels[problem_.buffers.size()];
        const auto held = space_words();
        buffer[i] = {.instances = 1, .tile_words = held[i], .reads = input_reads_, .fills = loaded_[i]};
        buffer[o] = {.instances = 1, .tile_words = held[o], .reads = sum_writes_ - stored_, .updates = sum_writes_};
    }

    [[nodiscard]] std::array<std::uint64_t, 3> space_words() const {
        return {0, mapping_.n * mapping_.q * mapping_.r * shape_.input_rows(mapping_.e) * shape_.input_cols(),
                mapping_.m * mapping_.e * shape_.cols * mapping_.n};
    }

    [[nodiscard]] std::vector<std::array<core::Bytes, 3>> space() const {
        std::vector<std::array<core::Bytes, 3>> result(problem_.buffers.size());
        const auto groups = core::ceil_div(shape_.channels, mapping_.q * mapping_.r) * mapping_.folds;
        result.back()[i] = core::Bytes(core::ceil_div(input_bytes(), steps_of(groups)));
        result.back()[o] = core::Bytes(sum_bytes());
        return result;
    }

    const Problem& problem_;
    const PassShape& shape_;
    const PassMapping& mapping_;
    std::array<std::uint64_t, 3> loaded_{};
    std::uint64_t stored_ = 0, input_reads_ = 0, sum_writes_ = 0;
};

}  // namespace

std::optional<PassShape> shape_in_passes(const Problem& problem) {
    if (!problem.nest || !problem.engine.passes || problem.buffers.size() != 1 || problem.overlaps())
        return std::nullopt;
    const auto& keeps = problem.buffers.back().keeps;
    return keeps[w] || !keeps[i] || !keeps[o] ? std::nullopt : pass_shape(*problem.nest);
}

std::shared_ptr<const KernelPlan> plan_passes(const Problem& problem) {
    const auto shape = shape_in_passes(problem);
    const auto found = shape ? best_pass_mapping(problem, *shape) : std::nullopt;
    if (!found) return nullptr;
    auto plan = Planner(problem, *shape, found->mapping).plan();
    plan->optimal = true;
    plan->evaluated = found->evaluated;
    return plan;
}

std::shared_ptr<const KernelPlan> plan_passes(const Problem& problem, const PassShape& shape,
                                              const PassMapping& mapping) {
    auto plan = Planner(problem, shape, mapping).plan();
    plan->evaluated = 1;
    return plan;
}

}  // namespace dyad::models::mapper
