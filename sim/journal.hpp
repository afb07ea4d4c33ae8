// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <exception>
#include <string>
#include <vector>

#include "models/schedule.hpp"
#include "sim/steady_state.hpp"
#include "sim/time.hpp"
#include "sim/trace.hpp"

namespace dyad::sim {

/// What was played of one step.
struct StepRecord {
    bool started = false, ended = false;
    bool prefetch_asked = false, prefetched = false;
    Picoseconds start = 0, end = 0;
    Counts counts;
    std::size_t lanes_asking = 1, lanes_left = 1;  ///< engines with loads to ask for; engines at work
    std::vector<std::uint64_t> tiles_done;         ///< of a chain, by member
};

/// What all modules of one chip write down while a schedule is played. Plain data, one per simulation.
struct Journal {
    const models::Schedule* schedule = nullptr;
    std::vector<StepRecord> steps;
    std::size_t active = 0;      ///< steps started and not ended
    Picoseconds skipped = 0;     ///< time that jumps added to what the SystemC kernel counts
    Trace* trace = nullptr;      ///< null when no timeline is wanted
    std::exception_ptr failure;  ///< the first error thrown inside a process
    /// Ends the run with this error.
    void fail(std::exception_ptr error);
    /// A row of the timeline; any number when there is none.
    [[nodiscard]] std::size_t track(const std::string& name) { return trace ? trace->track(name) : 0; }
    /// The name of a step's kernel.
    [[nodiscard]] const std::string& name(std::size_t step) const {
        return schedule->dataflow->nodes()[schedule->steps[step].node].kernel.name;
    }
};

}  // namespace dyad::sim
