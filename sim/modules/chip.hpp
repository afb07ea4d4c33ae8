// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sim/modules/controller.hpp"

namespace dyad::sim {

/// All modules of one accelerator, wired: the controller gives steps to engines and host, the DMA moves their tiles
/// between DRAM and buffers.
class Chip final : public sc_core::sc_module {
public:
    Chip(const sc_core::sc_module_name& name, Journal& journal, bool jump);
    /// Plays the schedule. Rethrows the first error of a process; std::runtime_error when it deadlocks.
    void play();

private:
    void build_memories(const hw_space::Accelerator& accelerator);
    void build_engines(const hw_space::Accelerator& accelerator, bool jump);
    [[nodiscard]] std::unique_ptr<Engine> build(const hw_space::Engine& engine, std::size_t number,
                                                const Surroundings& around);
    /// The YAML name as SystemC takes it, once per chip.
    [[nodiscard]] std::string unique(const std::string& name);

    Journal& journal_;
    std::set<std::string> names_;
    std::unique_ptr<Dram> dram_;
    std::vector<std::unique_ptr<Buffer>> buffers_;
    std::unique_ptr<Dma> dma_;
    std::vector<std::unique_ptr<Engine>> engines_;
    std::unique_ptr<Host> host_;
    std::unique_ptr<Controller> controller_;
};

}  // namespace dyad::sim
