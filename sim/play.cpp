// SPDX-License-Identifier: Apache-2.0
#include "sim/play.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/report_builder.hpp"
#include "sim/modules/chip.hpp"
#include "sim/session.hpp"
#include "sim/tensor_counter.hpp"

namespace dyad::sim {
namespace {

/// Picoseconds in 64 bits last for 213 days; a schedule gets a day, so that no sum comes near the end.
constexpr core::Seconds longest{86'400};

/// How long the schedule takes when nothing overlaps and nothing waits.
core::Seconds without_overlap(const models::Schedule& schedule) {
    const auto& chip = *schedule.accelerator;
    core::Seconds sum;
    for (const auto& step : schedule.steps) {
        if (!step.plan) {
            sum += models::host_time(chip.host, step);
            continue;
        }
        const auto moved = models::totals(step.plan->tiles);
        const core::Bytes bytes(moved.load_bytes[0] + moved.load_bytes[1] + moved.load_bytes[2] + moved.store_bytes);
        sum += step.plan->compute / chip.clock + bytes / chip.dram.peak();
    }
    return sum;
}

void check_length(const models::Schedule& schedule) {
    const auto time = without_overlap(schedule);
    if (time <= longest) return;
    throw core::Error(fmt::format("{} on {} takes some {:.0f} s: more than the day that a simulation may last",
                                  schedule.dataflow->name(), schedule.accelerator->name, time.count()));
}

}  // namespace

std::vector<StepRecord> play(const models::Schedule& schedule, const Options& options) {
    check_length(schedule);
    models::check_capacity(schedule);
    Trace trace;
    Journal journal;
    journal.schedule = &schedule;
    journal.steps.resize(schedule.steps.size());
    if (!options.trace.empty()) journal.trace = &trace;
    {
        const Session session;
        Chip chip("chip", journal, options.jump);
        chip.play();
    }
    if (journal.trace) {
        draw_tensors(journal, trace);
        trace.write(options.trace);
    }
    return journal.steps;
}

}  // namespace dyad::sim
