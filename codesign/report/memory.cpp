// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/memory.hpp"

#include <algorithm>

#include "models/schedule/residence.hpp"

namespace dyad::codesign {
namespace {

/// A tensor that stays on chip, from when to when.
struct Stay {
    core::Seconds from, to;
    core::Bytes bytes;
};

core::Seconds end_of(const models::KernelReport& kernel) { return kernel.start + kernel.latency; }

std::vector<Stay> stays(const models::Schedule& schedule, const models::Report& report) {
    const auto& dataflow = *schedule.dataflow;
    std::vector<std::size_t> step_of(dataflow.nodes().size());
    for (std::size_t s = 0; s < schedule.steps.size(); ++s) step_of[schedule.steps[s].node] = s;
    std::vector<Stay> all;
    for (const auto& tensor : dataflow.tensors()) {
        if (tensor.producer == models::TensorInfo::none) continue;
        const auto producer = step_of[tensor.producer];
        if (schedule.steps[producer].outputs != models::Home::buffer) continue;
        auto last = end_of(report.kernels[producer]);
        for (const auto consumer : tensor.consumers) last = std::max(last, end_of(report.kernels[step_of[consumer]]));
        all.push_back({report.kernels[producer].start, last, tensor.bytes()});
    }
    return all;
}

}  // namespace

std::vector<BufferUse> buffer_use(const models::Schedule& schedule, const models::Report& report) {
    const auto& chip = *schedule.accelerator;
    if (chip.buffers.empty()) return {};
    const auto watched = models::watched_buffer(chip);
    const bool home = models::residence(chip) == watched;
    const auto tensors = stays(schedule, report);
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
