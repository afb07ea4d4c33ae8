// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/controller.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dyad::sim {

Controller::Controller(const sc_core::sc_module_name& name, std::vector<Player*> players, Journal& journal)
    : sc_module(name), journal_(journal) {
    for (auto* player : players) queues_.push_back({player, {}, 0});
    for (std::size_t step = 0; step < journal_.steps.size(); ++step)
        for (const auto queue : queues_of(step)) queues_[queue].steps.push_back(step);
    SC_METHOD(issue);
    sensitive << step_ended_;
}

std::vector<std::size_t> Controller::queues_of(std::size_t step) const {
    std::vector<std::size_t> result;
    for (const auto engine : models::engines_of(journal_.schedule->steps[step]))
        result.push_back(engine == models::Step::on_host ? queues_.size() - 1 : static_cast<std::size_t>(engine));
    return result;
}

void Controller::issue() {
    try {
        for (auto& queue : queues_) {
            if (queue.next < queue.steps.size() && may_start(queue.steps[queue.next])) start(queue.steps[queue.next]);
        }
    } catch (...) {
        journal_.fail(std::current_exception());
    }
}

void Controller::start(std::size_t step) {
    auto& record = journal_.steps[step];
    const auto queues = queues_of(step);
    const auto& plan = journal_.schedule->steps[step].plan;
    ++journal_.active;
    record.started = true;
    record.start = kernel_time() + journal_.skipped;
    record.lanes_asking = record.lanes_left = queues.size();
    if (plan && plan->chain) record.tiles_done.assign(plan->chain->room.size(), 0);
    for (const auto queue : queues) ++queues_[queue].next;
    for (std::size_t lane = 0; lane < queues.size(); ++lane) queues_[queues[lane]].player->start(step, lane);
}

/// All engines that it needs are idle and have come to it, and all that it reads is there.
bool Controller::may_start(std::size_t step) const {
    for (const auto number : queues_of(step)) {
        const auto& queue = queues_[number];
        if (queue.next == queue.steps.size() || queue.steps[queue.next] != step) return false;
        if (queue.next > 0 && !journal_.steps[queue.steps[queue.next - 1]].ended) return false;
    }
    return std::ranges::all_of(journal_.schedule->steps[step].after,
                               [&](std::size_t before) { return journal_.steps.at(before).ended; });
}

void Controller::loads_asked(std::size_t step) {
    if (--journal_.steps[step].lanes_asking > 0) return;
    const auto next = step + 1;
    if (next < journal_.steps.size()) queue_of(next).player->prefetch(next);
}

void Controller::chain_moved(std::size_t step) {
    for (const auto queue : queues_of(step)) queues_[queue].player->chain_moved();
}

void Controller::ended(std::size_t step) {
    if (--journal_.steps[step].lanes_left > 0) return step_ended_.notify();
    --journal_.active;
    journal_.steps[step].ended = true;
    journal_.steps[step].end = kernel_time() + journal_.skipped;
    step_ended_.notify();
}

std::string Controller::title(std::size_t step) const { return fmt::format("step {} '{}'", step, journal_.name(step)); }

std::optional<std::size_t> Controller::blocker(std::size_t step) const {
    if (journal_.steps[step].started) return std::nullopt;
    for (const auto before : journal_.schedule->steps[step].after)
        if (!journal_.steps.at(before).ended) return before;
    const auto& queue = queue_of(step);
    return queue.steps[queue.next > 0 && !queue.player->is_idle() ? queue.next - 1 : queue.next];
}

std::string Controller::waits_for(std::size_t step) const {
    const auto other = blocker(step);
    return other ? title(*other) : queue_of(step).player->waits_for();
}

/// "a -> b -> a" when following the waits from `step` on comes back to a step.
std::string Controller::cycle_from(std::size_t step) const {
    std::vector<std::size_t> way;
    for (std::optional<std::size_t> at = step; at; at = blocker(*at)) {
        const auto seen = std::ranges::find(way, *at);
        if (seen == way.end()) {
            way.push_back(*at);
            continue;
        }
        std::string text;
        for (auto other = seen; other != way.end(); ++other) text += title(*other) + " -> ";
        return text + title(*at);
    }
    return {};
}

std::string Controller::stuck() const {
    std::string cycle, text;
    for (std::size_t step = 0; step < journal_.steps.size(); ++step) {
        if (journal_.steps[step].ended) continue;
        if (cycle.empty()) cycle = cycle_from(step);
        text += fmt::format("{}{} on {} waits for {}", text.empty() ? "" : "; ", title(step),
                            queue_of(step).player->basename(), waits_for(step));
    }
    return cycle.empty() ? text : fmt::format("the waits form a cycle, {}: {}", cycle, text);
}

}  // namespace dyad::sim
