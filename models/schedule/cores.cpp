// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/cores.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "models/schedule/estimate.hpp"

namespace dyad::models {
namespace {

/// The dimension of a nest that a split divides; nothing when the nest has no such one of two or more.
std::optional<std::size_t> divided_dimension(const LoopNest& nest, Split split) {
    const auto at_least_two = [&](const char* name) {
        auto dim = nest.dim(name);
        if (dim && nest.dims[*dim].size < 2) dim.reset();
        return dim;
    };
    switch (split) {
        case Split::channels:
            if (const auto k = at_least_two("K")) return k;
            return at_least_two("G");
        case Split::rows:
            return at_least_two("P");
        case Split::batch:
            return at_least_two("N");
        case Split::none:
            break;
    }
    return std::nullopt;
}

/// Part `i` of `total` in `parts` whole shares, the larger ones first.
std::uint64_t share(std::uint64_t total, std::size_t i, std::size_t parts) {
    return total / parts + (i < total % parts ? 1 : 0);
}

VectorWork share(VectorWork work, std::size_t i, std::size_t parts) {
    for (auto& count : work.operations) count = share(count, i, parts);
    return work;
}

/// A vector kernel is divided by elements, which is what its rows are.
std::vector<Kernel> parts_of_vector(const Kernel& kernel, std::size_t cores) {
    const auto parts = std::min<std::uint64_t>(cores, kernel.vector_outputs.count());
    std::vector<Kernel> result;
    for (std::size_t i = 0; parts > 1 && i < parts; ++i) {
        auto part = kernel;
        part.vector = share(kernel.vector, i, parts);
        part.vector_inputs = core::Words(share(kernel.vector_inputs.count(), i, parts));
        part.vector_outputs = core::Words(share(kernel.vector_outputs.count(), i, parts));
        result.push_back(std::move(part));
    }
    return result;
}

void add(std::vector<Traffic>& sum, const std::vector<Traffic>& rows) {
    for (const auto& row : rows) {
        const auto same = std::ranges::find_if(
            sum, [&](const Traffic& other) { return other.level == row.level && other.operand == row.operand; });
        if (same == sum.end()) {
            sum.push_back(row);
            continue;
        }
        same->read += row.read;
        same->write += row.write;
    }
}

/// Own buffers hold the largest part's tiles, shared ones everybody's.
void add_space(KernelPlan& all, const KernelPlan& part, const hw_space::Cores& cores) {
    for (std::size_t b = 0; b < all.space.size() && b < part.space.size(); ++b)
        for (std::size_t o = 0; o < all.space[b].size(); ++o)
            if (!cores.own(b)) all.space[b][o] += part.space[b][o];
}

std::shared_ptr<const KernelPlan> together(std::vector<std::shared_ptr<const KernelPlan>> parts, Split split,
                                           const hw_space::Cores& cores) {
    auto all = std::make_shared<KernelPlan>(*parts.front());
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto& part = *parts[i];
        all->optimal = all->optimal && part.optimal;
        all->evaluated += part.evaluated;
        all->pruned += part.pruned;
        all->compute = std::max(all->compute, part.compute);
        all->cycles = std::max(all->cycles, part.cycles);
        all->used_macs_per_cycle += part.used_macs_per_cycle;
        all->energy = all->energy + part.energy;
        add(all->traffic, part.traffic);
        all->tiles.insert(all->tiles.end(), part.tiles.begin(), part.tiles.end());
        add_space(*all, part, cores);
    }
    all->working_set = {};
    for (const auto& buffer : all->space)
        for (const auto bytes : buffer) all->working_set += bytes;
    all->split = split;
    all->parts = std::move(parts);
    return all;
}

/// What a plan takes with every operand in DRAM: links between cores and memory bind as the DRAM does.
Estimate estimate(const KernelPlan& plan, const hw_space::Accelerator& chip, const EnergyTable& energy) {
    const auto bytes_of = [](const KernelPlan& part) {
        const auto moved = totals(part.tiles);
        return core::Bytes(moved.load_bytes[0] + moved.load_bytes[1] + moved.load_bytes[2] + moved.store_bytes);
    };
    const auto bytes = bytes_of(plan);
    auto time = std::max(plan.compute / chip.clock, bytes / chip.dram.peak());
    if (chip.cores.link.rate.count() > 0)
        time = std::max(time, bytes_of(plan.parts.empty() ? plan : *plan.parts.front()) / chip.cores.link.rate);
    return {time, plan.energy.total() + energy.core_byte * bytes + energy.leakage * time};
}

}  // namespace

hw_space::Accelerator core_view(const hw_space::Accelerator& accelerator, std::size_t sharers) {
    auto view = accelerator;
    view.cores.count = 1;
    view.cores.given = false;
    auto rate = accelerator.dram.peak().count() / static_cast<double>(sharers);
    if (const auto link = accelerator.cores.link.rate.count(); link > 0) rate = std::min(rate, link);
    view.dram.link = core::BytesPerSecond(rate);
    for (std::size_t b = 0; b < view.buffers.size(); ++b)
        if (!accelerator.cores.own(b)) view.buffers[b].size = core::Bytes(view.buffers[b].size.count() / sharers);
    return view;
}

std::vector<Kernel> parts_of(const Kernel& kernel, Split split, std::size_t cores) {
    if (!kernel.nest) return split == Split::rows ? parts_of_vector(kernel, cores) : std::vector<Kernel>{};
    const auto dim = divided_dimension(*kernel.nest, split);
    if (!dim) return {};
    const auto size = kernel.nest->dims[*dim].size;
    const auto parts = std::min<std::uint64_t>(cores, size);
    const bool divides_weights = kernel.nest->words(Operand::weights) > core::Words(0) && split == Split::channels;
    std::vector<Kernel> result;
    for (std::size_t i = 0; i < parts; ++i) {
        auto part = kernel;
        part.nest->dims[*dim].size = share(size, i, parts);
        part.epilogue = share(kernel.epilogue, i, parts);
        if (divides_weights) part.weight_bytes = core::Bytes(share(kernel.weight_bytes.count(), i, parts));
        result.push_back(std::move(part));
    }
    return result;
}

std::shared_ptr<const KernelPlan> map_on_cores(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                               std::size_t engine, const MapOptions& options, MapperMemo& memo,
                                               const EnergyTable& energy) {
    const auto& cores = accelerator.cores;
    if (cores.count == 1) return map_kernel(kernel, accelerator, engine, options, memo, energy);
    auto best = map_kernel(kernel, core_view(accelerator, 1), engine, options, memo, energy);
    const auto divided = [&](Split split, std::size_t sharers) -> std::shared_ptr<const KernelPlan> {
        const auto kernels = parts_of(kernel, split, sharers);
        if (kernels.empty()) return nullptr;
        const auto view = core_view(accelerator, kernels.size());
        std::vector<std::shared_ptr<const KernelPlan>> parts;
        for (const auto& part : kernels) parts.push_back(map_kernel(part, view, engine, options, memo, energy));
        const bool all = std::ranges::all_of(parts, [](const auto& plan) { return plan != nullptr; });
        return all ? together(std::move(parts), split, cores) : nullptr;
    };
    const auto cost = [&](const auto& plan) { return score(options.objective, estimate(*plan, accelerator, energy)); };
    // Fewer cores save copies of what all of them read; they must not compute longer, as operands may stay on chip.
    for (std::size_t sharers = cores.count; sharers > 1; sharers = (sharers + 1) / 2)
        for (const auto split : {Split::channels, Split::rows, Split::batch}) {
            auto plan = divided(split, sharers);
            if (plan == nullptr || (best && sharers < cores.count && plan->compute > best->compute)) continue;
            if (!best || cost(plan) < cost(best)) best = std::move(plan);
        }
    return best;
}

}  // namespace dyad::models
