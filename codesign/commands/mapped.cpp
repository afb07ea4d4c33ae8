// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/mapped.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "codesign/commands/mapping_argument.hpp"
#include "core/value.hpp"
#include "models/exact/exact.hpp"
#include "models/mapping_file.hpp"
#include "models/mapping_space.hpp"
#include "models/plan_file.hpp"

namespace dyad::codesign {
namespace {

using models::Objective;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Whether so many seconds have gone by; empty without a limit.
std::function<bool()> timer(double seconds) {
    if (!(seconds > 0)) return {};
    return [start = Clock::now(), seconds] { return seconds_since(start) >= seconds; };
}

/// Costs the mapping at hand: found or given, the figures are the same.
void cost(Mapped& all) {
    all.counts = models::count_accesses(*all.kernel.nest, all.hierarchy, *all.mapping);
    all.steady = models::steady_cycles(all.hierarchy, all.counts);
    all.cycles = all.steady + models::fill_and_drain_cycles(all.hierarchy, all.counts);
    all.energy = models::access_energy(*all.kernel.nest, all.hierarchy, all.counts);
}

/// Multiply-accumulates a cycle, of operands as wide as the kernel's.
std::uint64_t peak(const hw_space::Engine& engine, const models::Kernel& kernel) {
    return hw_space::peak_macs(engine) * hw_space::narrow_rate(engine, kernel.weight_precision, kernel.input_precision);
}

/// The engine alone, or the level that takes longest to move its bytes (cost_model.md section 3, rule 6).
std::uint64_t steady_cycles(const models::KernelPlan& plan, const hw_space::Accelerator& chip) {
    const auto moving = [&](const std::string& level, double bytes_per_cycle) {
        double bytes = 0;
        for (const auto& row : plan.traffic)
            if (row.level == level) bytes += static_cast<double>((row.read + row.write).count());
        return static_cast<std::uint64_t>(std::ceil(bytes / bytes_per_cycle));
    };
    auto most = std::max(plan.compute.count(), moving(chip.dram.name, chip.dram.peak().count() / chip.clock.count()));
    for (const auto& buffer : chip.buffers)
        most = std::max(most, moving(buffer.name, static_cast<double>(buffer.per_cycle().count())));
    return std::min(most, plan.cycles.count());
}

double value(const models::KernelPlan& plan, Objective objective) {
    const auto cycles = static_cast<double>(plan.cycles.count()), energy = plan.energy.total().count();
    return objective == Objective::latency ? cycles : objective == Objective::energy ? energy : cycles * energy;
}

}  // namespace

double Mapped::utilization() const {
    const auto offered = static_cast<double>(cycles) * static_cast<double>(peak);
    return offered > 0 ? static_cast<double>(kernel.macs()) / offered : 0;
}

KernelMapper::KernelMapper(const hw_space::Accelerator& chip, const MapArguments& arguments)
    : chip_(chip), arguments_(arguments), energy_(models::energy_table(chip)) {}

bool KernelMapper::runs(const models::Kernel& kernel) const {
    return std::ranges::any_of(chip_.engines, [&](const auto& engine) { return models::accepts(engine, kernel); });
}

Mapped KernelMapper::map(const models::Kernel& kernel) {
    const auto start = Clock::now();
    Mapped all;
    all.kernel = kernel;
    all.clock = chip_.clock;
    if (!runs(kernel))
        throw core::Error(fmt::format("no engine of '{}' runs kernel '{}' ({}, {})", chip_.name, kernel.name, kernel.op,
                                      core::name(kernel.input_precision)));
    if (chip_.hierarchy) {
        all.engine = name(chip_.engines.front());
        all.peak = peak(chip_.engines.front(), kernel);
        all.hierarchy = models::storage_levels(*chip_.hierarchy, kernel);
    }
    if (!arguments_.mapping.empty()) {
        const auto file = read_mapping(arguments_.mapping);
        all = chip_.hierarchy ? given_to_hierarchy(*file, std::move(all)) : given_to_engine(*file, std::move(all));
        all.evaluated = 1;
    } else if (chip_.hierarchy) {
        search_exactly(all);
    } else {
        search_engines(all);
    }
    all.seconds = seconds_since(start);
    return all;
}

/// Costs the mapping of a file on a hierarchy that is given as it stands.
Mapped KernelMapper::given_to_hierarchy(const core::Document& file, Mapped all) const {
    std::vector<std::string> levels;
    for (const auto& level : all.hierarchy.levels) levels.push_back(level.name);
    core::Errors errors;
    all.mapping = models::parse_mapping(core::Value(file, nullptr, errors), *all.kernel.nest, levels);
    errors.throw_if_any();
    const auto bits = chip_.hierarchy->multiplier_bits;
    for (auto& why : models::why_invalid(*all.kernel.nest, all.hierarchy, *all.mapping, {bits, bits, bits}))
        errors.add(arguments_.mapping + ": " + why);
    errors.throw_if_any();
    cost(all);
    return all;
}

/// Costs what a file tells an engine to do, as the engine runs it.
Mapped KernelMapper::given_to_engine(const core::Document& file, Mapped all) const {
    core::Errors errors;
    auto given = models::read_plan(core::Value(file, nullptr, errors), all.kernel, chip_, energy_);
    errors.throw_if_any();
    take(all, given->engine, given->plan);
    if (!given->loops) return all;
    all.mapping = std::move(given->loops);
    all.plan = nullptr;
    return all;
}

void KernelMapper::take(Mapped& all, std::size_t engine, const std::shared_ptr<const models::KernelPlan>& plan) const {
    const auto& unit = chip_.engines[engine];
    all.engine = name(unit);
    all.peak = peak(unit, all.kernel);
    all.hierarchy = models::hierarchy(chip_, unit, all.kernel, energy_);
    all.plan = plan;
    all.remarks = models::left_out(chip_, &all.kernel);
    all.counts = plan->counts;
    all.mapping = plan->mapping;
    if (!all.kernel.nest) all.traffic = plan->traffic;
    if (all.kernel.nest && !plan->passes)
        all.layout = models::mapper::layout(models::mapper::problem(all.kernel, chip_, engine, {}, energy_).value(),
                                            plan->order.loops);
    all.cycles = plan->cycles.count();
    all.steady = steady_cycles(*plan, chip_);
    all.energy = plan->energy.total();
}

/// The best mapping onto a hierarchy that is given as it stands.
void KernelMapper::search_exactly(Mapped& all) const {
    const models::ExactOptions options{arguments_.objective,   arguments_.exhaustive,     arguments_.bypass,
                                       arguments_.evaluations, timer(arguments_.seconds), arguments_.imperfect};
    const auto start = Clock::now();
    const auto found = models::map_exactly(all.kernel, *chip_.hierarchy, options);
    if (!found && arguments_.seconds > 0 && seconds_since(start) >= arguments_.seconds)
        throw core::Error(fmt::format("no mapping of kernel '{}' was looked at in {} s: give it more time",
                                      all.kernel.name, arguments_.seconds));
    if (!found)
        throw core::Error(fmt::format("no mapping of kernel '{}' fits the levels and constraints", all.kernel.name));
    all.mapping = found->mapping;
    all.optimal = found->optimal;
    all.gap = found->gap;
    all.evaluated = found->evaluated;
    all.pruned = found->pruned;
    cost(all);
}

models::MappedKernel KernelMapper::search_engine(const models::Kernel& kernel, std::size_t engine,
                                                 const std::function<bool()>& out_of_time) {
    const models::MapOptions options{.objective = arguments_.objective, .evaluations = arguments_.evaluations};
    if (!arguments_.limited()) return {models::map_kernel(kernel, chip_, engine, options, memo_, energy_), 0};
    return models::map_within(kernel, chip_, engine, options, {arguments_.exhaustive, out_of_time});
}

/// The best plan over all engines that run the kernel.
void KernelMapper::search_engines(Mapped& all) {
    const auto out_of_time = timer(arguments_.seconds);
    std::shared_ptr<const models::KernelPlan> best;
    std::size_t at = 0;
    double least = std::numeric_limits<double>::infinity(), found = 0;
    all.optimal = true;
    for (std::size_t e = 0; e < chip_.engines.size(); ++e) {
        const auto one = search_engine(all.kernel, e, out_of_time);
        if (!one.plan) continue;
        all.optimal = all.optimal && one.plan->optimal;
        all.evaluated += one.plan->evaluated;
        all.pruned += one.plan->pruned;
        const auto cost = value(*one.plan, arguments_.objective);
        least = std::min(least, cost * (1 - one.gap));
        if (best && cost >= found) continue;
        best = one.plan;
        found = cost;
        at = e;
    }
    if (!best)
        throw core::Error(fmt::format("no tile of kernel '{}' fits the buffers of '{}'", all.kernel.name, chip_.name));
    all.gap = found > 0 ? 1 - least / found : 0;
    take(all, at, best);
}

}  // namespace dyad::codesign
