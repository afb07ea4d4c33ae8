// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/chip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

#include "hw_space/floorplan.hpp"
#include "models/schedule/residence.hpp"
#include "sim/session.hpp"

namespace dyad::sim {
namespace {

std::array<bool, 3> keeps_of(const hw_space::Buffer& buffer) {
    return {buffer.keeps.weights, buffer.keeps.inputs, buffer.keeps.outputs};
}

Dma::Params dma_params(const hw_space::Accelerator& accelerator, const DramParams& dram) {
    Dma::Params params;
    params.window = {accelerator.dma.outstanding * accelerator.dma.burst.count(), accelerator.dma.burst.count()};
    params.engines = accelerator.dma.engines;
    params.dram = accelerator.dram.name;
    // Of each stream and operand. They begin on different banks, as the tensors of a real allocation do, and never
    // meet, so that no tile finds a row that another left open by accident.
    const auto capacity = accelerator.dram.capacity().count();
    const auto regions = 3 * 2 * std::max<std::uint64_t>(accelerator.engines.size() * accelerator.cores.count, 1);
    const auto rounds = (std::uint64_t{1} << 62) / regions / capacity;
    params.apart = rounds * capacity + std::max<std::uint64_t>(capacity / regions / dram.page(), 1) * dram.page() +
                   3 * dram.page();
    return params;
}

}  // namespace

Chip::Chip(const sc_core::sc_module_name& name, Journal& journal, bool jump)
    : sc_module(name), journal_(journal), network_(*journal.schedule->accelerator) {
    const auto& accelerator = *journal.schedule->accelerator;
    build_memories(accelerator);
    build_engines(accelerator, jump);
}

/// The buffers that all share, then those of each core.
void Chip::build_memories(const hw_space::Accelerator& accelerator) {
    const auto dram = dram_params(accelerator.dram, accelerator.dma.burst);
    dram_ = std::make_unique<Dram>(unique(accelerator.dram.name).c_str(), dram, accelerator.dram.capacity().count(),
                                   journal_);
    auto params = dma_params(accelerator, dram);
    for (std::size_t b = 0; b < hw_space::shared_buffers(accelerator); ++b) add_buffer(accelerator, b, 0, params);
    for (std::size_t core = 0; core < accelerator.cores.count; ++core)
        for (auto b = hw_space::shared_buffers(accelerator); b < accelerator.buffers.size(); ++b)
            add_buffer(accelerator, b, core, params);
    dma_ = std::make_unique<Dma>(unique("dma").c_str(), std::move(params), dram_->timing(), network_, journal_);
    dma_->out_dram.bind(dram_->in);
    for (std::size_t b = 0; b < buffers_.size(); ++b) dma_->out_buffers[b].bind(buffers_[b]->in);
}

void Chip::add_buffer(const hw_space::Accelerator& accelerator, std::size_t number, std::size_t core,
                      Dma::Params& params) {
    const auto& buffer = accelerator.buffers[number];
    const auto users = accelerator.engines.size() * accelerator.cores.count;
    buffers_.push_back(std::make_unique<Buffer>(unique(core_name(buffer.name, core)).c_str(),
                                                BufferBanks(Clock(accelerator.clock), buffer, users)));
    const auto node = network_.buffer(number, core);
    params.targets.push_back({.name = core_name(buffer.name, core),
                              .size = buffer.size.count(),
                              .keeps = keeps_of(buffer),
                              .in = network_.path(NetworkLinks::memory(), node),
                              .out = network_.path(node, NetworkLinks::memory()),
                              .is_home = models::residence(accelerator) == number,
                              .is_own = accelerator.cores.own(number),
                              .placed = buffers_.back()->banks().placed()});
}

/// What one core sees.
Surroundings Chip::surroundings(const hw_space::Accelerator& accelerator, std::size_t core, bool jump) {
    Surroundings around{*dma_, network_, journal_, Clock(accelerator.clock), jump, core, {}, {}, {}};
    const auto shared = hw_space::shared_buffers(accelerator);
    for (std::size_t b = 0; b < accelerator.buffers.size(); ++b) {
        const auto target = b < shared ? b : b + core * (accelerator.buffers.size() - shared);
        around.buffers.push_back(buffers_[target].get());
        around.keeps.push_back(keeps_of(accelerator.buffers[b]));
        around.route.targets.push_back(target);
    }
    if (const auto home = models::residence(accelerator); home && accelerator.cores.count > 1) {
        const auto here = network_.engine(0, core), there = network_.buffer(*home, core);
        around.route.shared_in = network_.path(there, here);
        around.route.shared_out = network_.path(here, there);
    }
    return around;
}

void Chip::build_engines(const hw_space::Accelerator& accelerator, bool jump) {
    for (std::size_t core = 0; core < accelerator.cores.count; ++core) {
        const auto around = surroundings(accelerator, core, jump);
        for (std::size_t e = 0; e < accelerator.engines.size(); ++e)
            engines_.push_back(build(accelerator.engines[e], e, around));
    }
    std::vector<Player*> players;
    for (std::size_t e = 0; e < accelerator.engines.size(); ++e) players.push_back(player_of(accelerator, e));
    host_ = std::make_unique<Host>(unique("host").c_str(), accelerator.host, journal_);
    players.push_back(host_.get());
    controller_ = std::make_unique<Controller>(unique("controller").c_str(), players, journal_);
    if (gangs_.empty())
        for (const auto& engine : engines_) engine->connect(*controller_);
    for (const auto& gang : gangs_) gang->connect(*controller_);
    host_->connect(*controller_);
}

/// The engine itself, or what stands for it on all cores.
Player* Chip::player_of(const hw_space::Accelerator& accelerator, std::size_t engine) {
    if (accelerator.cores.count == 1) return engines_[engine].get();
    std::vector<Engine*> members;
    for (auto e = engine; e < engines_.size(); e += accelerator.engines.size()) members.push_back(engines_[e].get());
    const auto name = unique(hw_space::name(accelerator.engines[engine]));
    gangs_.push_back(std::make_unique<Gang>(name.c_str(), std::move(members), journal_));
    return gangs_.back().get();
}

std::string Chip::core_name(const std::string& name, std::size_t core) const {
    return journal_.schedule->accelerator->cores.count > 1 ? fmt::format("{}_core{}", name, core) : name;
}

std::unique_ptr<Engine> Chip::build(const hw_space::Engine& engine, std::size_t number, const Surroundings& around) {
    struct Builder {
        const char* name;
        std::size_t number;
        const Surroundings& around;
        core::Hertz clock;
        std::unique_ptr<Engine> operator()(const hw_space::PeArray&) const {
            return std::make_unique<PeArray>(name, around, number);
        }
        std::unique_ptr<Engine> operator()(const hw_space::DepthwiseUnit&) const {
            return std::make_unique<DepthwiseUnit>(name, around, number);
        }
        std::unique_ptr<Engine> operator()(const hw_space::VectorUnit&) const {
            return std::make_unique<VectorUnit>(name, around, number);
        }
        std::unique_ptr<Engine> operator()(const hw_space::CustomUnit& unit) const {
            return std::make_unique<CustomUnit>(name, around, number, unit, clock);
        }
    };
    const auto name = unique(core_name(hw_space::name(engine), around.core));
    return std::visit(Builder{name.c_str(), number, around, journal_.schedule->accelerator->clock}, engine);
}

std::string Chip::unique(const std::string& name) {
    auto clean = name;
    for (auto& c : clean)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    if (clean.empty()) clean = "unnamed";
    auto candidate = clean;
    for (int n = 2; !names_.insert(candidate).second; ++n) candidate = fmt::format("{}_{}", clean, n);
    return candidate;
}

void Chip::play() {
    run_to_end();
    if (journal_.failure) std::rethrow_exception(journal_.failure);
    const auto stuck = controller_->stuck();
    if (!stuck.empty())
        throw std::runtime_error(
            fmt::format("deadlock at {} ns: {}", static_cast<double>(kernel_time() + journal_.skipped) / 1000, stuck));
}

}  // namespace dyad::sim
