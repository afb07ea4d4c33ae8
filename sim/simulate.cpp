// SPDX-License-Identifier: Apache-2.0
#include "sim/simulate.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "models/report_builder.hpp"
#include "sim/play.hpp"

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

}  // namespace

models::Report simulate(const models::Schedule& schedule, const Options& options) {
    const auto steps = play(schedule, options);
    std::vector<models::StepTiming> timings;
    for (std::size_t s = 0; s < steps.size(); ++s) {
        check_traffic(schedule, s, steps[s].counts);
        timings.push_back({seconds(steps[s].start), seconds(steps[s].end), steps[s].counts.activates});
    }
    return models::build_report(schedule, models::Fidelity::systemc, timings);
}

}  // namespace dyad::sim
