// SPDX-License-Identifier: Apache-2.0
#include "sim/play.hpp"

#include "sim/modules/chip.hpp"
#include "sim/session.hpp"

namespace dyad::sim {

std::vector<StepRecord> play(const models::Schedule& schedule, const Options& options) {
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
    if (journal.trace) trace.write(options.trace);
    return journal.steps;
}

}  // namespace dyad::sim
