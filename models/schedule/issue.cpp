// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/issue.hpp"

#include <algorithm>
#include <optional>

namespace dyad::models {
namespace {

/// A kernel about to be issued: where it runs best, and when it starts and ends there.
struct Offer {
    Step step;
    double start = 0, end = 0;
};

class Issuer {
public:
    Issuer(const Candidates& candidates, const hw_space::Accelerator& chip, Objective objective,
           const Estimator& estimator)
        : candidates_(candidates),
          dataflow_(*candidates.dataflow),
          objective_(objective),
          estimator_(estimator),
          engine_free_(chip.engines.size() + 1),
          waits_for_(dataflow_.nodes().size()),
          step_of_(dataflow_.nodes().size()),
          end_of_(dataflow_.nodes().size()) {}

    std::vector<Step> run() {
        std::vector<std::vector<std::size_t>> followers(dataflow_.nodes().size());
        for (std::size_t n = 0; n < dataflow_.nodes().size(); ++n) {
            const auto before = dataflow_.predecessors(n);
            waits_for_[n] = before.size();
            for (const auto p : before) followers[p].push_back(n);
            if (before.empty()) offers_.push_back(offer(n));
        }
        while (!offers_.empty()) {
            const auto node = take_first();
            for (const auto f : followers[node])
                if (--waits_for_[f] == 0) offers_.push_back(offer(f));
        }
        return std::move(steps_);
    }

private:
    /// Where `node` runs best as things stand. A kernel's time counts from when its inputs are there.
    Offer offer(std::size_t node) const {
        double ready = 0;
        Step step;
        for (const auto p : dataflow_.predecessors(node)) {
            ready = std::max(ready, end_of_[p]);
            step.after.push_back(step_of_[p]);
        }
        std::ranges::sort(step.after);
        if (candidates_.by_node[node].empty()) return on_host(node, ready, std::move(step));
        std::optional<double> least;
        Offer best;
        for (const auto& candidate : candidates_.by_node[node]) {
            const auto start = start_of(candidate, ready);
            const auto end = start + candidate.estimate.time.count();
            const auto cost = score(objective_, {core::Seconds(end - ready), candidate.estimate.energy});
            if (least && cost >= *least) continue;
            least = cost;
            best = {step, start, end};
            best.step.engine = static_cast<int>(candidate.engine);
            best.step.plan = candidate.plan;
        }
        best.step.node = node;
        return best;
    }

    /// When all engines that it needs are free.
    [[nodiscard]] double start_of(const Candidate& candidate, double ready) const {
        if (!candidate.plan->chain) return std::max(ready, engine_free_[candidate.engine]);
        for (const auto& lane : candidate.plan->chain->lanes) ready = std::max(ready, engine_free_[lane.engine]);
        return ready;
    }

    [[nodiscard]] std::size_t place_of(int engine) const {
        return engine == Step::on_host ? engine_free_.size() - 1 : static_cast<std::size_t>(engine);
    }

    Offer on_host(std::size_t node, double ready, Step step) const {
        auto work = host_work(dataflow_.nodes()[node], dataflow_.tensors());
        work.node = node;
        work.after = std::move(step.after);
        const auto start = std::max(ready, engine_free_.back());
        return {work, start, start + estimator_.on_host(work).time.count()};
    }

    /// Issues the offer that starts first and renews the offers that wanted its engine.
    std::size_t take_first() {
        const auto first = std::ranges::min_element(offers_, [](const Offer& a, const Offer& b) {
            return std::pair(a.start, a.step.node) < std::pair(b.start, b.step.node);
        });
        const auto taken = *first;
        offers_.erase(first);
        const auto engines = engines_of(taken.step);
        for (const auto engine : engines) engine_free_[place_of(engine)] = taken.end;
        step_of_[taken.step.node] = steps_.size();
        end_of_[taken.step.node] = taken.end;
        steps_.push_back(taken.step);
        for (auto& other : offers_) {
            const auto wanted = engines_of(other.step);
            if (std::ranges::find_first_of(wanted, engines) != wanted.end()) other = offer(other.step.node);
        }
        return taken.step.node;
    }

    const Candidates& candidates_;
    const Dataflow& dataflow_;
    const Objective objective_;
    const Estimator& estimator_;
    std::vector<double> engine_free_;  ///< the host last
    std::vector<std::size_t> waits_for_, step_of_;
    std::vector<double> end_of_;
    std::vector<Offer> offers_;
    std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> issue_order(const Candidates& candidates, const hw_space::Accelerator& accelerator,
                              Objective objective, const Estimator& estimator) {
    return Issuer(candidates, accelerator, objective, estimator).run();
}

}  // namespace dyad::models
