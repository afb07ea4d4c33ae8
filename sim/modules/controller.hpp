// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/modules/gang.hpp"

namespace dyad::sim {

/// Gives the steps of a schedule to their players: per player in the order of issue, each as soon as the player is idle
/// and the steps that it reads from have ended. Engines run side by side when the schedule allows.
class Controller final : public sc_core::sc_module, public Listener {
public:
    /// `players` by engine; the host last.
    Controller(const sc_core::sc_module_name& name, std::vector<Player*> players, Journal& journal);
    SC_HAS_PROCESS(Controller);
    /// An engine has asked for the last load of its part of `step`; when all have, the next one in the order of issue
    /// may load ahead.
    void loads_asked(std::size_t step) override;
    void ended(std::size_t step) override;
    void chain_moved(std::size_t step) override;
    /// The cycle of waits if there is one, then every step that has not ended and what it waits for; empty when all
    /// have.
    [[nodiscard]] std::string stuck() const;

private:
    struct Queue {
        Player* player;
        std::vector<std::size_t> steps;
        std::size_t next = 0;
    };
    void issue();
    void start(std::size_t step);
    [[nodiscard]] bool may_start(std::size_t step) const;
    /// Those of all lanes of a chain, else one.
    [[nodiscard]] std::vector<std::size_t> queues_of(std::size_t step) const;
    [[nodiscard]] Queue& queue_of(std::size_t step) { return queues_[queues_of(step).front()]; }
    [[nodiscard]] const Queue& queue_of(std::size_t step) const { return queues_[queues_of(step).front()]; }
    /// The step that this one waits for; nothing when it waits for its own data.
    [[nodiscard]] std::optional<std::size_t> blocker(std::size_t step) const;
    [[nodiscard]] std::string waits_for(std::size_t step) const;
    [[nodiscard]] std::string cycle_from(std::size_t step) const;
    [[nodiscard]] std::string title(std::size_t step) const;

    Journal& journal_;
    std::vector<Queue> queues_;
    sc_core::sc_event step_ended_;
};

}  // namespace dyad::sim
