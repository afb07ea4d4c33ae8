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
    std::map<Picoseconds, std::int64_t> changes;  // bytes
    for (const auto& stay : models::stays(schedule)) {
        Picoseconds last{};
        for (const auto user : stay.users) last = std::max(last, journal.steps[user].end);
        const auto bytes = static_cast<std::int64_t>(stay.bytes.count());
        changes[journal.steps[stay.maker].start] += bytes;
        changes[last] -= bytes;
    }
    const auto name = fmt::format("{} tensor bytes", schedule.accelerator->buffers[*home].name);
    std::int64_t held = 0;
    for (const auto& [time, change] : changes) trace.counter(name, time, static_cast<double>(held += change));
}

}  // namespace dyad::sim
