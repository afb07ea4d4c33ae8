// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/gang.hpp"

#include <algorithm>

namespace dyad::sim {

Gang::Gang(const sc_core::sc_module_name& name, std::vector<Engine*> members, Journal& journal)
    : Player(name), members_(std::move(members)), journal_(journal) {
    for (auto* member : members_) member->connect(*this);
}

void Gang::start(std::size_t step, std::size_t lane) {
    const auto parts = std::max<std::size_t>(journal_.schedule->steps[step].plan->parts.size(), 1);
    running_ = loading_ = parts;
    journal_.active += parts - 1;
    for (std::size_t core = 0; core < parts; ++core) members_.at(core)->start(step, lane);
}

std::string Gang::waits_for() const {
    for (const auto* member : members_)
        if (!member->is_idle()) return member->waits_for();
    return "its start";
}

void Gang::loads_asked(std::size_t step) {
    if (--loading_ == 0) listener_->loads_asked(step);
}

void Gang::ended(std::size_t step) {
    if (--running_ == 0) return listener_->ended(step);
    --journal_.active;
}

Host::Host(const sc_core::sc_module_name& name, const hw_space::Host& host, Journal& journal)
    : Player(name), host_(host), journal_(journal), track_(journal.track(basename())) {
    SC_METHOD(finish);
    sensitive << finished_;
    dont_initialize();
}

void Host::start(std::size_t step, std::size_t) {
    step_ = step;
    finished_.notify(as_sc_time(picoseconds(models::host_time(host_, journal_.schedule->steps[step]))));
    listener_->loads_asked(step);
}

void Host::finish() {
    const auto step = *step_;
    step_.reset();
    listener_->ended(step);
    if (journal_.trace)
        journal_.trace->slice(track_, journal_.name(step), journal_.steps[step].start, journal_.steps[step].end);
}

}  // namespace dyad::sim
