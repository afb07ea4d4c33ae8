// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/chip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "sim/session.hpp"

namespace dyad::sim {
namespace {

std::vector<std::array<bool, 3>> keeps_of(const hw_space::Accelerator& accelerator) {
    std::vector<std::array<bool, 3>> keeps;
    for (const auto& buffer : accelerator.buffers)
        keeps.push_back({buffer.keeps.weights, buffer.keeps.inputs, buffer.keeps.outputs});
    return keeps;
}

Dma::Params dma_params(const hw_space::Accelerator& accelerator, const DramParams& dram) {
    Dma::Params params;
    params.window = {accelerator.dma.outstanding * accelerator.dma.burst.count(), accelerator.dma.burst.count()};
    params.keeps = keeps_of(accelerator);
    params.dram = accelerator.dram.name;
    params.capacity = accelerator.dram.capacity().count();
    const auto regions = 6 * std::max<std::uint64_t>(accelerator.engines.size(), 1),
               page = dram.page();  // loads and stores of three operands
    params.region = std::max<std::uint64_t>(params.capacity / regions / page, 1) * page;
    for (const auto& buffer : accelerator.buffers) {
        params.buffers.push_back(buffer.name);
        params.sizes.push_back(buffer.size.count());
    }
    return params;
}

}  // namespace

Chip::Chip(const sc_core::sc_module_name& name, Journal& journal, bool jump) : sc_module(name), journal_(journal) {
    const auto& accelerator = *journal.schedule->accelerator;
    build_memories(accelerator);
    build_engines(accelerator, jump);
}

void Chip::build_memories(const hw_space::Accelerator& accelerator) {
    const auto params = dram_params(accelerator.dram, accelerator.dma.burst);
    dram_ = std::make_unique<Dram>(unique(accelerator.dram.name).c_str(), params, accelerator.dram.capacity().count(),
                                   journal_);
    dma_ = std::make_unique<Dma>(unique("dma").c_str(), dma_params(accelerator, params), dram_->timing(), journal_);
    dma_->out_dram.bind(dram_->in);
    for (std::size_t b = 0; b < accelerator.buffers.size(); ++b) {
        const auto& buffer = accelerator.buffers[b];
        const BufferPorts ports(Clock(accelerator.clock), buffer.per_cycle().count(), accelerator.engines.size());
        buffers_.push_back(std::make_unique<Buffer>(unique(buffer.name).c_str(), ports, buffer.size.count()));
        dma_->out_buffers[b].bind(buffers_[b]->in);
    }
}

void Chip::build_engines(const hw_space::Accelerator& accelerator, bool jump) {
    Surroundings around{*dma_,
                        {},
                        keeps_of(accelerator),
                        Clock(accelerator.clock),
                        journal_,
                        jump,
                        dram_->timing().params().refresh_interval};
    for (const auto& buffer : buffers_) around.buffers.push_back(buffer.get());
    std::vector<Player*> players;
    for (std::size_t e = 0; e < accelerator.engines.size(); ++e) {
        engines_.push_back(build(accelerator.engines[e], e, around));
        players.push_back(engines_.back().get());
    }
    host_ = std::make_unique<Host>(unique("host").c_str(), accelerator.host, journal_);
    players.push_back(host_.get());
    controller_ = std::make_unique<Controller>(unique("controller").c_str(), players, journal_);
    for (const auto& engine : engines_) engine->connect(*controller_);
    host_->connect(*controller_);
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
    const auto name = unique(hw_space::name(engine));
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
