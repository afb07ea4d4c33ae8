// SPDX-License-Identifier: Apache-2.0
#include "models/chain/room.hpp"

#include <algorithm>
#include <map>

#include "models/schedule/residence.hpp"

namespace dyad::models::chain {

Room::Room(const Schedule& schedule) : schedule_(schedule), precedence_(schedule.steps), live_(schedule.steps.size()) {
    const auto& steps = schedule.steps;
    std::vector<std::size_t> step_of(schedule.dataflow->nodes().size());
    for (std::size_t s = 0; s < steps.size(); ++s) step_of[steps[s].node] = s;
    const auto& tensors = schedule.dataflow->tensors();
    for (std::size_t t = 0; t < tensors.size(); ++t) {
        const auto& tensor = tensors[t];
        if (tensor.producer == TensorInfo::none || steps[step_of[tensor.producer]].outputs == Home::dram) continue;
        for (std::size_t s = 0; s < steps.size(); ++s) {
            if (precedence_.before(s, step_of[tensor.producer])) continue;
            const auto read = [&](std::size_t c) { return precedence_.before(step_of[c], s); };
            if (!std::ranges::all_of(tensor.consumers, read)) live_[s].push_back(t);
        }
    }
}

core::Bytes Room::left_for(const std::vector<std::size_t>& steps) const {
    const auto& dataflow = *schedule_.dataflow;
    const auto home = *residence(*schedule_.accelerator);
    std::vector<std::size_t> tensors;
    std::map<int, core::Bytes> beside;
    for (const auto s : steps) {
        tensors.insert(tensors.end(), live_[s].begin(), live_[s].end());
        for (const auto t : precedence_.overlapping(s)) {
            if (std::ranges::find(steps, t) != steps.end()) continue;
            auto& most = beside[schedule_.steps[t].engine];
            most = std::max(most, working_space(schedule_.steps[t], home, true));
        }
    }
    for (const auto s : steps)
        if (s != steps.back())
            for (const auto t : dataflow.nodes()[schedule_.steps[s].node].writes) std::erase(tensors, t);
    std::ranges::sort(tensors);
    tensors.erase(std::ranges::unique(tensors).begin(), tensors.end());
    core::Bytes taken;
    for (const auto t : tensors) taken += dataflow.tensors()[t].bytes();
    for (const auto& [engine, bytes] : beside) taken += bytes;
    const auto size = schedule_.accelerator->buffers[home].size;
    return size - std::min(size, taken);
}

}  // namespace dyad::models::chain
