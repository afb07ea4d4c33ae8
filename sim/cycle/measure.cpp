// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/measure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>
#include <utility>

#include "core/error.hpp"
#include "models/tile_program.hpp"
#include "sim/cycle/bench.hpp"
#include "sim/cycle/engine_run.hpp"
#include "sim/cycle/waveform.hpp"
#include "sim/session.hpp"

namespace dyad::sim {
namespace {

/// Cycles that the tiles take on the array or, where that is slower, to leave over its output path.
std::uint64_t total_cycles(const models::Schedule& schedule, const models::Step& step, std::uint64_t computed) {
    const auto& engine = schedule.accelerator->engines[static_cast<std::size_t>(step.engine)];
    const auto lanes = std::visit(
        [](const auto& one) -> std::uint64_t {
            if constexpr (requires { one.output_lanes; }) return one.output_lanes;
            return 0;
        },
        engine);
    const auto& nest = *schedule.dataflow->nodes()[step.node].kernel.nest;
    if (lanes == 0) return computed;
    return std::max(computed, core::ceil_div(nest.words(models::Operand::outputs).count(), lanes));
}

/// The plan with `cycles` for all its tiles; what the closed forms did not foresee comes with the last tile.
std::shared_ptr<const models::KernelPlan> with_cycles(const models::KernelPlan& plan, std::uint64_t cycles) {
    auto result = std::make_shared<models::KernelPlan>(plan);
    const auto planned = models::totals(plan.tiles).compute_cycles;
    auto& last = models::last_tile(result->tiles);
    if (cycles < planned && planned - cycles > last.compute_cycles)
        throw std::logic_error(fmt::format("{} cycles where the closed forms say {}", cycles, planned));
    last.compute_cycles = last.compute_cycles + cycles - planned;
    result->compute = result->compute + core::Cycles(cycles) - core::Cycles(planned);
    return result;
}

}  // namespace

models::Schedule measured(models::Schedule schedule, const CycleOptions& options) {
    if (schedule.accelerator->cores.count > 1)
        throw core::Error(fmt::format("--fidelity cycle: '{}' has {} cores; data are moved on chips of one",
                                      schedule.accelerator->name, schedule.accelerator->cores.count));
    if (std::ranges::any_of(schedule.steps, [](const models::Step& step) { return step.plan && step.plan->chain; }))
        throw core::Error("--fidelity cycle: data are moved kernel by kernel, not through chains of them");
    std::deque<EngineRun> runs;
    for (std::size_t e = 0; e < schedule.accelerator->engines.size(); ++e) {
        auto steps = steps_moving_data(schedule, e);
        if (!steps.empty()) runs.emplace_back(schedule, e, std::move(steps), options);
    }
    check_work(schedule, runs);
    {
        const Session session;
        const auto period = Clock(schedule.accelerator->clock).time(1);
        Bench bench("bench", std::max<Picoseconds>(period, 2));
        for (auto& run : runs) run.connect(bench);
        Waveform waveform("waveform", options.vcd, bench, most_traced_cycles);
        bench.run();
        for (auto& run : runs) run.read();
    }
    for (const auto& run : runs)
        for (const auto& [step, cycles] : run.cycles()) {
            auto& plan = schedule.steps[step].plan;
            const auto total = total_cycles(schedule, schedule.steps[step], cycles);
            if (total != models::totals(plan->tiles).compute_cycles) plan = with_cycles(*plan, total);
        }
    return schedule;
}

}  // namespace dyad::sim
