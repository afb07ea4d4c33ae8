// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include "models/chain/choose.hpp"
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

/// Orders what the kernels' candidates are and places the tensors.
class Scheduler {
public:
    Scheduler(std::shared_ptr<const hw_space::Accelerator> accelerator, const MapOptions& options,
              const EnergyTable& energy, MapperMemo& memo)
        : chip_(std::move(accelerator)),
          options_(options),
          energy_(energy),
          memo_(memo),
          estimator_(*chip_, energy),
          smaller_(*chip_) {}

    Schedule operator()(const Candidates& found) {
        Schedule schedule{found.dataflow, chip_, issue_order(found, *chip_, options_.objective, estimator_), {}};
        place_tensors(schedule, [&](const Step& step, unsigned halvings) {
            if (step.plan->chain) return std::shared_ptr<const KernelPlan>();
            const auto& kernel = schedule.dataflow->nodes()[step.node].kernel;
            return map_on_cores(kernel, smaller_.halved(halvings), static_cast<std::size_t>(step.engine), options_,
                                memo_, energy_);
        });
        return schedule;
    }

private:
    const std::shared_ptr<const hw_space::Accelerator> chip_;
    const MapOptions& options_;
    const EnergyTable& energy_;
    MapperMemo& memo_;
    const Estimator estimator_;
    SmallerChips smaller_;
};

double score_of(const Report& report, Objective objective) { return score(objective, {report.latency, report.energy}); }

}  // namespace

Schedule map_all(std::shared_ptr<const Dataflow> dataflow, std::shared_ptr<const hw_space::Accelerator> accelerator,
                 const MapOptions& options, MapperMemo& memo) {
    const auto energy = energy_table(*accelerator);
    const auto found = candidates(dataflow, *accelerator, options, energy, memo);
    Scheduler scheduler(accelerator, options, energy, memo);
    auto plain = scheduler(found);
    if (!options.chains || !residence(*accelerator) || accelerator->cores.count > 1) return plain;
    const auto played = analytic(plain);
    const auto chains = chain::choose(plain, played, options, energy, memo);
    if (chains.empty()) return plain;
    auto chained = scheduler(chain::merge(found, chains));
    return score_of(analytic(chained), options.objective) < score_of(played, options.objective) ? chained : plain;
}

}  // namespace dyad::models
