// SPDX-License-Identifier: Apache-2.0
#include "sim/tensor_counter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/schedule/residence.hpp"

namespace dyad::sim {

void draw_tensors(const Journal& journal, Trace& trace) {
    const auto& schedule = *journal.schedule;
    const auto home = models::residence(*schedule.accelerator);
    if (!home) return;
    const auto& dataflow = *schedule.dataflow;
    std::vector<std::size_t> step_of(dataflow.nodes().size());
    for (std::size_t s = 0; s < schedule.steps.size(); ++s) step_of[schedule.steps[s].node] = s;
    std::map<Picoseconds, std::int64_t> changes;  // bytes
    for (const auto& tensor : dataflow.tensors()) {
        if (tensor.producer == models::TensorInfo::none) continue;
        const auto producer = step_of[tensor.producer];
        if (schedule.steps[producer].outputs != models::Home::buffer) continue;
        auto last = journal.steps[producer].end;
        for (const auto consumer : tensor.consumers) last = std::max(last, journal.steps[step_of[consumer]].end);
        const auto bytes = static_cast<std::int64_t>(tensor.bytes().count());
        changes[journal.steps[producer].start] += bytes;
        changes[last] -= bytes;
    }
    const auto name = fmt::format("{} tensor bytes", schedule.accelerator->buffers[*home].name);
    std::int64_t held = 0;
    for (const auto& [time, change] : changes) trace.counter(name, time, static_cast<double>(held += change));
}

}  // namespace dyad::sim
