// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/controller.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dyad::sim {

Controller::Controller(const sc_core::sc_module_name& name, std::vector<Player*> players, Journal& journal)
    : sc_module(name), journal_(journal) {
    for (auto* player : players) queues_.push_back({player, {}, 0});
    for (std::size_t step = 0; step < journal_.steps.size(); ++step) queue_of(step).steps.push_back(step);
    SC_METHOD(issue);
    sensitive << step_ended_;
}

Controller::Queue& Controller::queue_of(std::size_t step) {
    const auto engine = journal_.schedule->steps[step].engine;
    return engine == models::Step::on_host ? queues_.back() : queues_.at(static_cast<std::size_t>(engine));
}
const Controller::Queue& Controller::queue_of(std::size_t step) const {
    return const_cast<Controller*>(this)->queue_of(step);
}

void Controller::issue() {
    try {
        for (auto& queue : queues_) {
            if (queue.next == queue.steps.size() || !queue.player->is_idle()) continue;
            const auto step = queue.steps[queue.next];
            if (!may_start(step)) continue;
            ++queue.next;
            ++journal_.active;
            journal_.steps[step].started = true;
            journal_.steps[step].start = kernel_time() + journal_.skipped;
            queue.player->start(step);
        }
    } catch (...) {
        journal_.fail(std::current_exception());
    }
}

bool Controller::may_start(std::size_t step) const {
    return std::ranges::all_of(journal_.schedule->steps[step].after,
                               [&](std::size_t before) { return journal_.steps.at(before).ended; });
}

void Controller::loads_asked(std::size_t step) {
    const auto next = step + 1;
    if (next < journal_.steps.size()) queue_of(next).player->prefetch(next);
}

void Controller::ended(std::size_t step) {
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
