// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "models/mapper.hpp"
#include "models/schedule/candidates.hpp"
#include "models/schedule/cores.hpp"
#include "models/schedule/issue.hpp"
#include "models/schedule/residence.hpp"
#include "models/schedule/residency.hpp"

namespace dyad::models {
namespace {

/// The same chip with a smaller watched buffer, made when first asked for.
class SmallerChips {
public:
    explicit SmallerChips(const hw_space::Accelerator& chip) : chip_(chip) {}
    const hw_space::Accelerator& halved(unsigned times) {
        auto found = made_.find(times);
        if (found != made_.end()) return found->second;
        auto smaller = chip_;
        auto& buffer = smaller.buffers.at(watched_buffer(chip_));
        buffer.size = core::Bytes(buffer.size.count() >> times);
        return made_.emplace(times, std::move(smaller)).first->second;
    }

private:
    const hw_space::Accelerator& chip_;
    std::map<unsigned, hw_space::Accelerator> made_;
};

}  // namespace

Schedule map_all(std::shared_ptr<const Dataflow> dataflow, std::shared_ptr<const hw_space::Accelerator> accelerator,
                 const MapOptions& options, MapperMemo& memo) {
    const auto energy = energy_table(*accelerator);
    const Estimator estimator(*accelerator, energy);
    const auto found = candidates(dataflow, *accelerator, options, energy, memo);
    Schedule schedule{found.dataflow, accelerator, issue_order(found, *accelerator, options.objective, estimator), {}};
    SmallerChips chips(*accelerator);
    place_tensors(schedule, [&](const Step& step, unsigned halvings) {
        const auto& kernel = schedule.dataflow->nodes()[step.node].kernel;
        return map_on_cores(kernel, chips.halved(halvings), static_cast<std::size_t>(step.engine), options, memo,
                            energy);
    });
    return schedule;
}

}  // namespace dyad::models
