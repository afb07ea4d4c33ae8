// SPDX-License-Identifier: Apache-2.0
#include "sim/simulate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "models/report_builder.hpp"
#include "sim/cycle/measure.hpp"
#include "sim/play.hpp"
#include "sim/plugin/play_units.hpp"

namespace dyad::sim {
namespace {

/// What was played must be what the schedule says, byte for byte.
void check_traffic(const models::Schedule& schedule, std::size_t step, const Counts& played) {
    Counts expected;
    for (const auto& row : models::step_traffic(schedule, step)) {
        if (row.level != schedule.accelerator->dram.name) continue;
        expected.loaded[static_cast<std::size_t>(row.operand)] += row.read.count();
        expected.stored += row.write.count();
    }
    if (played.loaded == expected.loaded && played.stored == expected.stored) return;
    throw std::logic_error(fmt::format("step {} moved {} bytes through DRAM, its schedule {}", step,
                                       played.dram_bytes(), expected.dram_bytes()));
}

models::Stalls stalls(const Counts& counts, core::Hertz clock) {
    const auto cycles = [&](Wait what) {
        const auto time = seconds(counts.waits[static_cast<std::size_t>(what)]);
        return core::Cycles(static_cast<std::uint64_t>(std::llround(time.count() * clock.count())));
    };
    return {cycles(Wait::prefetch), cycles(Wait::loads), cycles(Wait::stores),
            cycles(Wait::ports),    cycles(Wait::drain), counts.activates};
}

}  // namespace

models::Report simulate(const models::Schedule& planned, const Options& options) {
    const bool by_cycle = options.fidelity == models::Fidelity::cycle;
    auto schedule = by_cycle ? measured(planned, {options.jump, options.seed, options.vcd}) : planned;
    auto plugins = play_units(schedule);
    const auto steps = play(schedule, options);
    std::vector<models::StepTiming> timings;
    for (std::size_t s = 0; s < steps.size(); ++s) {
        check_traffic(schedule, s, steps[s].counts);
        timings.push_back({seconds(steps[s].start), seconds(steps[s].end), steps[s].counts.activates,
                           stalls(steps[s].counts, schedule.accelerator->clock)});
    }
    auto report = models::build_report(schedule, options.fidelity, timings);
    report.plugins = std::move(plugins);
    return report;
}

}  // namespace dyad::sim
