// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/memory.hpp"

#include <algorithm>

#include "models/schedule/residence.hpp"

namespace dyad::codesign {
namespace {

/// From when to when so much is on chip.
struct Span {
    core::Seconds from, to;
    core::Bytes bytes;
};

core::Seconds end_of(const models::KernelReport& kernel) { return kernel.start + kernel.latency; }

std::vector<Span> tensors_on_chip(const models::Schedule& schedule, const models::Report& report) {
    std::vector<Span> all;
    for (const auto& stay : models::stays(schedule)) {
        core::Seconds last;
        for (const auto user : stay.users) last = std::max(last, end_of(report.kernels[user]));
        all.push_back({report.kernels[stay.maker].start, last, stay.bytes});
    }
    return all;
}

}  // namespace

std::vector<BufferUse> buffer_use(const models::Schedule& schedule, const models::Report& report) {
    const auto& chip = *schedule.accelerator;
    if (chip.buffers.empty()) return {};
    const auto watched = models::watched_buffer(chip);
    const bool home = models::residence(chip) == watched;
    const auto tensors = tensors_on_chip(schedule, report);
    std::vector<BufferUse> use(schedule.steps.size());
    for (std::size_t s = 0; s < use.size(); ++s) {
        const auto now = report.kernels[s].start;
        for (const auto& tensor : tensors)
            if (tensor.from <= now && now < tensor.to) use[s].resident += tensor.bytes;
        for (std::size_t other = 0; other < use.size(); ++other) {
            const auto& kernel = report.kernels[other];
            const bool runs = other == s || (kernel.start <= now && now < end_of(kernel));
            if (!runs) continue;
            use[s].tiles += models::working_space(schedule.steps[other], watched, home);
            if (other + 1 < use.size()) use[s].ahead += schedule.steps[other + 1].prefetch;
        }
    }
    return use;
}

}  // namespace dyad::codesign
