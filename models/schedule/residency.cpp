// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/residency.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include "models/schedule/candidates.hpp"
#include "models/schedule/precedence.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::models {
namespace {

using core::Bytes;

/// Tiles smaller than 1/16 of the buffer are not worth the search.
constexpr unsigned most_halvings = 4;

class Placement {
public:
    Placement(Schedule& schedule, std::size_t home, std::vector<TensorGroup> groups, const PlanWithin& plan_within)
        : schedule_(schedule),
          steps_(schedule.steps),
          chip_(*schedule.accelerator),
          home_(home),
          capacity_(chip_.buffers[home].size),
          plan_within_(plan_within),
          groups_(std::move(groups)),
          resident_(groups_.size(), true),
          homes_(schedule.dataflow->tensors().size(), Home::dram),
          halvings_(steps_.size()),
          first_plans_(steps_.size()) {
        for (std::size_t s = 0; s < steps_.size(); ++s) first_plans_[s] = steps_[s].plan;
        for (const auto& group : groups_)
            for (const auto t : group.tensors) homes_[t] = Home::buffer;
    }

    void run() {
        trace();
        set_all_homes();
        while (!settle()) {
        }
        readmit();
        for (std::size_t s = 0; s < steps_.size(); ++s) enlarge(s);
        for (std::size_t s = 1; s < steps_.size(); ++s) prefetch(s);
        for (std::size_t s = 0; s < steps_.size(); ++s)
            schedule_.peak_buffer = std::max(schedule_.peak_buffer, demand(s) + reserved_[s]);
    }

private:
    /// Finds out when each candidate is alive, from the order of the steps.
    void trace() {
        precedence_.emplace(steps_);
        live_steps_.assign(groups_.size(), {});
        std::vector<std::size_t> step_of(schedule_.dataflow->nodes().size());
        for (std::size_t s = 0; s < steps_.size(); ++s) step_of[steps_[s].node] = s;
        for (std::size_t g = 0; g < groups_.size(); ++g)
            for (const auto t : groups_[g].tensors) trace(g, schedule_.dataflow->tensors()[t], step_of);
        live_.assign(steps_.size(), Bytes());
        reserved_.assign(steps_.size(), Bytes());
        for (std::size_t g = 0; g < groups_.size(); ++g)
            if (resident_[g]) change_live(g, true);
    }

    void trace(std::size_t group, const TensorInfo& tensor, const std::vector<std::size_t>& step_of) {
        for (std::size_t s = 0; s < steps_.size(); ++s) {
            if (precedence_->before(s, step_of[tensor.producer])) continue;
            const auto all_done = std::ranges::all_of(
                tensor.consumers, [&](std::size_t c) { return precedence_->before(step_of[c], s); });
            if (!all_done) live_steps_[group].emplace_back(s, tensor.bytes());
        }
    }

    void change_live(std::size_t group, bool comes) {
        for (const auto& [s, bytes] : live_steps_[group]) comes ? live_[s] += bytes : live_[s] -= bytes;
    }

    void set_all_homes() {
        for (auto& step : steps_)
            if (step.plan) set_homes(step, *schedule_.dataflow, chip_, homes_);
    }

    void move(std::size_t group, Home home) {
        resident_[group] = home == Home::buffer;
        for (const auto t : groups_[group].tensors) homes_[t] = home;
        change_live(group, resident_[group]);
        for (const auto& [s, bytes] : live_steps_[group])  // among them all that make or read the group
            if (steps_[s].plan) set_homes(steps_[s], *schedule_.dataflow, chip_, homes_);
    }

    [[nodiscard]] Bytes working(std::size_t s) const { return working_space(steps_[s], home_, true); }

    /// Most space in use while step `s` runs: what is alive, its tiles, and of each other engine the largest tiles that
    /// may be there at the same time.
    [[nodiscard]] Bytes demand(std::size_t s) const {
        auto sum = live_[s] - overwritten(s) + working(s);
        std::map<int, Bytes> others;
        for (const auto t : precedence_->overlapping(s))
            others[steps_[t].engine] = std::max(others[steps_[t].engine], working(t));
        for (const auto& [engine, bytes] : others) sum += bytes;
        return sum;
    }
    /// Bytes that need no room of their own because step `s` writes each element where it has just read it: fused
    /// members that run apart, when nobody else reads what they work on.
    [[nodiscard]] Bytes overwritten(std::size_t s) const {
        const auto& step = steps_[s];
        if (step.inputs == Home::dram || step.outputs == Home::dram) return {};
        const auto& node = schedule_.dataflow->nodes()[step.node];
        if (node.kernel.op != fused_apart) return {};
        const auto& tensors = schedule_.dataflow->tensors();
        const auto &in = tensors[node.reads.front().tensor], &out = tensors[node.writes.front()];
        return in.consumers.size() == 1 && in.bytes() == out.bytes() ? in.bytes() : Bytes();
    }
    [[nodiscard]] bool fits(std::size_t s) const { return demand(s) <= capacity_; }

    /// `s` and all that may run beside it fit.
    [[nodiscard]] bool all_fit(std::size_t s) const {
        const auto& others = precedence_->overlapping(s);
        return fits(s) && std::ranges::all_of(others, [this](std::size_t t) { return fits(t); });
    }

    void take_plan(std::size_t s, unsigned halvings, std::shared_ptr<const KernelPlan> plan) {
        steps_[s].plan = std::move(plan);
        halvings_[s] = halvings;
    }

    /// Partial sums that spill do not go where resident outputs live.
    [[nodiscard]] bool suits(std::size_t s, const KernelPlan& plan) const {
        return steps_[s].outputs == Home::dram || totals(plan.tiles).load_bytes[2] == 0;
    }

    /// Gives `s` smaller tiles; false when there are none.
    bool shrink(std::size_t s) {
        if (!steps_[s].plan || halvings_[s] == most_halvings) return false;
        auto plan = plan_within_(steps_[s], halvings_[s] + 1);
        if (!plan || !suits(s, *plan)) return false;
        take_plan(s, halvings_[s] + 1, std::move(plan));
        return true;
    }

    /// What the smaller tiles of `s` cost more than its first ones, in bytes over DRAM (computing longer counts as what
    /// DRAM could have moved meanwhile).
    [[nodiscard]] double loss(std::size_t s) const {
        if (!steps_[s].plan) return 0;
        const auto cost = [&](const KernelPlan& plan) {
            const auto moved = totals(plan.tiles);
            double bytes = (plan.compute / chip_.clock).count() * chip_.dram.peak().count();
            if (steps_[s].weights == Home::dram) bytes += static_cast<double>(moved.load_bytes[0]);
            if (steps_[s].inputs == Home::dram) bytes += static_cast<double>(moved.load_bytes[1]);
            if (steps_[s].outputs == Home::dram) bytes += static_cast<double>(moved.load_bytes[2] + moved.store_bytes);
            return bytes;
        };
        return std::max(0.0, cost(*steps_[s].plan) - cost(*first_plans_[s]));
    }

    /// The resident group alive at `s` that spares least per byte and step; nothing when none is.
    [[nodiscard]] std::optional<std::size_t> weakest(std::size_t s) const {
        std::optional<std::size_t> result;
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            if (!resident_[g]) continue;
            if (std::ranges::none_of(live_steps_[g], [s](const auto& at) { return at.first == s; })) continue;
            if (!result || value(g) < value(*result)) result = g;
        }
        return result;
    }
    [[nodiscard]] double value(std::size_t g) const {
        double space = 0;
        for (const auto& at : live_steps_[g]) space += static_cast<double>(at.second.count());
        return space > 0 ? static_cast<double>(groups_[g].saved.count()) / space : 0;
    }

    /// Makes every step fit once. False when a tensor had to go, or steps were put in order: then all is tried again.
    bool settle() {
        for (std::size_t s = 0; s < steps_.size(); ++s) {
            if (fits(s)) continue;
            const auto group = weakest(s);
            if (is_overfull(s) || !shrink_until_fit(s) ||
                (group && loss(s) > static_cast<double>(groups_[*group].saved.count()))) {
                if (group) {
                    evict(*group);
                } else {
                    put_in_order(s);
                }
                return false;
            }
        }
        return true;
    }

    /// Whether what stays takes more than the buffer by itself: smaller tiles are no help.
    [[nodiscard]] bool is_overfull(std::size_t s) const { return live_[s] - overwritten(s) > capacity_; }

    bool shrink_until_fit(std::size_t s) {
        while (!fits(s) && shrink(s)) {
        }
        const auto others = precedence_->overlapping(s);
        for (bool shrunk = true; shrunk && !fits(s);) {
            shrunk = false;
            for (const auto t : others)
                if (!fits(s) && shrink(t)) shrunk = true;
        }
        return fits(s);
    }

    void evict(std::size_t group) {
        move(group, Home::dram);
        for (const auto& [s, bytes] : live_steps_[group]) take_plan(s, 0, first_plans_[s]);
    }

    /// Makes the next step that could run beside `s` wait for it.
    void put_in_order(std::size_t s) {
        const auto& others = precedence_->overlapping(s);
        const auto next = std::ranges::upper_bound(others, s);
        if (others.empty()) throw std::logic_error("the tiles of a plan do not fit the buffer they were made for");
        const auto later = next == others.end() ? s : *next;
        steps_[later].after.push_back(next == others.end() ? others.back() : s);
        std::ranges::sort(steps_[later].after);
        trace();
    }

    /// Takes tensors back that fit after all, the most worthwhile first.
    void readmit() {
        std::vector<std::size_t> out;
        for (std::size_t g = 0; g < groups_.size(); ++g)
            if (!resident_[g]) out.push_back(g);
        std::ranges::stable_sort(out, [this](std::size_t a, std::size_t b) { return value(a) > value(b); });
        for (const auto g : out) {
            move(g, Home::buffer);
            const auto good = std::ranges::all_of(live_steps_[g], [this](const auto& at) { return all_fit(at.first); });
            if (!good) move(g, Home::dram);
        }
    }

    /// The largest tiles for which there is room.
    void enlarge(std::size_t s) {
        const auto kept = steps_[s].plan;
        const auto halvings = halvings_[s];
        for (unsigned h = 0; h < halvings; ++h) {
            auto plan = h == 0 ? first_plans_[s] : plan_within_(steps_[s], h);
            if (!plan || !suits(s, *plan)) continue;
            take_plan(s, h, std::move(plan));
            if (all_fit(s)) return;
        }
        take_plan(s, halvings, kept);
    }

    /// Steps that may run while weights of `s` wait in the buffer: those that neither end before the step ahead of it
    /// in the order of issue starts, nor start after `s`.
    [[nodiscard]] std::vector<std::size_t> waiting_with(std::size_t s) const {
        std::vector<std::size_t> result;
        for (std::size_t t = 0; t < steps_.size(); ++t)
            if (t != s && !precedence_->before(t, s - 1) && !precedence_->before(s, t)) result.push_back(t);
        return result;
    }

    void prefetch(std::size_t s) {
        const auto buffer = weight_buffer(chip_);
        if (!steps_[s].plan || !buffer || steps_[s].weights == Home::buffer || !steps_[s].plan->parts.empty()) return;
        const auto wanted = Bytes(steps_[s].plan->tiles.front().runs.front().tile.load_bytes[0]);
        if (wanted == Bytes()) return;
        const auto beside = waiting_with(s);
        auto room = wanted;
        for (const auto t : beside) room = std::min(room, free_space(t, *buffer));
        steps_[s].prefetch = room;
        if (*buffer != home_) return;
        for (const auto t : beside) reserved_[t] += room;
    }

    [[nodiscard]] Bytes free_space(std::size_t s, std::size_t buffer) const {
        if (buffer == home_) return capacity_ - demand(s) - reserved_[s];
        const auto used = working_space(steps_[s], buffer, false);
        const auto size = chip_.buffers[buffer].size;
        return size - std::min(size, used);
    }

    Schedule& schedule_;
    std::vector<Step>& steps_;
    const hw_space::Accelerator& chip_;
    const std::size_t home_;
    const Bytes capacity_;
    const PlanWithin& plan_within_;
    const std::vector<TensorGroup> groups_;
    std::vector<bool> resident_;
    std::vector<Home> homes_;  ///< by tensor
    std::vector<unsigned> halvings_;
    std::vector<std::shared_ptr<const KernelPlan>> first_plans_;
    std::optional<Precedence> precedence_;
    std::vector<std::vector<std::pair<std::size_t, Bytes>>> live_steps_;  ///< by group: step and bytes alive
    std::vector<Bytes> live_, reserved_;  ///< by step: resident tensors, and weights that wait for a later step
};

}  // namespace

void place_tensors(Schedule& schedule, const PlanWithin& plan_within) {
    const auto& chip = *schedule.accelerator;
    if (chip.buffers.empty()) return;
    const bool has_home = residence(chip).has_value();
    Placement(schedule, watched_buffer(chip), has_home ? resident_candidates(schedule) : std::vector<TensorGroup>{},
              plan_within)
        .run();
}

}  // namespace dyad::models
