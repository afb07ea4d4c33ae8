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
    void add_buffer(const hw_space::Accelerator& accelerator, std::size_t number, std::size_t core,
                    Dma::Params& params);
    [[nodiscard]] Surroundings surroundings(const hw_space::Accelerator& accelerator, std::size_t core, bool jump);
    void build_engines(const hw_space::Accelerator& accelerator, bool jump);
    [[nodiscard]] Player* player_of(const hw_space::Accelerator& accelerator, std::size_t engine);
    /// The name of a core's own part.
    [[nodiscard]] std::string core_name(const std::string& name, std::size_t core) const;
    [[nodiscard]] std::unique_ptr<Engine> build(const hw_space::Engine& engine, std::size_t number,
                                                const Surroundings& around);
    /// The YAML name as SystemC takes it, once per chip.
    [[nodiscard]] std::string unique(const std::string& name);

    Journal& journal_;
    NetworkLinks network_;
    std::set<std::string> names_;
    std::unique_ptr<Dram> dram_;
    std::vector<std::unique_ptr<Buffer>> buffers_;
    std::unique_ptr<Dma> dma_;
    std::vector<std::unique_ptr<Engine>> engines_;  ///< core by core
    std::vector<std::unique_ptr<Gang>> gangs_;      ///< by engine; of several cores
    std::unique_ptr<Host> host_;
    std::unique_ptr<Controller> controller_;
};

}  // namespace dyad::sim
