// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sim/modules/players.hpp"

namespace dyad::sim {

/// The same engine of all cores, which share the parts of a divided kernel; what is not divided runs on the first core.
class Gang final : public Player, public Listener {
public:
    Gang(const sc_core::sc_module_name& name, std::vector<Engine*> members, Journal& journal);
    void connect(Listener& listener) { listener_ = &listener; }
    [[nodiscard]] bool is_idle() const override { return running_ == 0; }
    void start(std::size_t step, std::size_t lane) override;
    void prefetch(std::size_t step) override { members_.front()->prefetch(step); }
    [[nodiscard]] std::string waits_for() const override;
    void loads_asked(std::size_t step) override;
    void ended(std::size_t step) override;
    void chain_moved(std::size_t step) override { listener_->chain_moved(step); }
    void chain_moved() override { members_.front()->chain_moved(); }

private:
    std::vector<Engine*> members_;
    Journal& journal_;
    Listener* listener_ = nullptr;
    std::size_t running_ = 0, loading_ = 0;
};

/// Runs what no engine can: launch, the link, the operations; nothing of it is on the chip.
class Host final : public Player {
public:
    Host(const sc_core::sc_module_name& name, const hw_space::Host& host, Journal& journal);
    SC_HAS_PROCESS(Host);
    void connect(Listener& listener) { listener_ = &listener; }
    [[nodiscard]] bool is_idle() const override { return !step_; }
    void start(std::size_t step, std::size_t lane) override;
    [[nodiscard]] std::string waits_for() const override { return "its own end"; }

private:
    void finish();

    const hw_space::Host host_;
    Journal& journal_;
    const std::size_t track_;
    Listener* listener_ = nullptr;
    std::optional<std::size_t> step_;
    sc_core::sc_event finished_;
};

}  // namespace dyad::sim
