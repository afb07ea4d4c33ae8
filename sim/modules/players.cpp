// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/players.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/modules/controller.hpp"

namespace dyad::sim {
namespace {

constexpr std::size_t outputs = 2;

std::array<std::optional<std::size_t>, 3> innermost_by_operand(const std::vector<std::array<bool, 3>>& keeps) {
    std::array<std::optional<std::size_t>, 3> innermost;
    for (std::size_t b = 0; b < keeps.size(); ++b)
        for (std::size_t o = 0; o < innermost.size(); ++o)
            if (keeps[b][o]) innermost[o] = b;
    return innermost;
}

}  // namespace

Engine::Engine(const sc_core::sc_module_name& name, const Surroundings& around, std::size_t number)
    : Player(name),
      around_(around),
      number_(number),
      load_stream_(around.dma.add_stream(*this)),
      store_stream_(around.dma.add_stream(*this)),
      track_(around.journal.track(basename())),
      innermost_(innermost_by_operand(around.keeps)),
      tiles_(around.refresh_interval),
      repeats_(around.refresh_interval) {
    SC_THREAD(play);
}

void Engine::start(std::size_t step) {
    program_ = models::step_program(*around_.journal.schedule, step);
    pipeline_.emplace(program_.tiles, program_.double_buffered);
    step_ = step;
    started_.notify();
}

void Engine::prefetch(std::size_t step) {
    auto& record = around_.journal.steps[step];
    if (record.prefetch_asked) return;
    record.prefetch_asked = true;
    const auto bytes = around_.journal.schedule->steps[step].prefetch.count();
    record.prefetched = bytes == 0;
    if (bytes > 0) around_.dma.ask(load_stream_, {.purpose = Purpose::prefetch, .step = step, .bytes = {bytes, 0, 0}});
}

void Engine::transferred(const Transfer& transfer) {
    if (transfer.purpose == Purpose::prefetch) {
        around_.journal.steps[transfer.step].prefetched = true;
    } else if (transfer.purpose == Purpose::load) {
        pipeline_->end_load();
    } else {
        pipeline_->end_store();
        hold(transfer.bytes, true);
        ask_loads();
    }
    moved_.notify();
}

void Engine::play() {
    while (true) {
        while (!step_) wait(started_);
        try {
            play_step();
        } catch (const sc_core::sc_unwind_exception&) {
            throw;
        } catch (...) {
            return around_.journal.fail(std::current_exception());
        }
    }
}

void Engine::play_step() {
    const auto begin = now();
    prefetch(*step_);
    ask_loads();
    wait(as_sc_time(around_.clock.time(program_.launch.count())));
    if (around_.journal.trace && now() > begin)
        around_.journal.trace->slice(track_, around_.journal.name(*step_) + " launch", begin, now());
    while (!record().prefetched) wait(moved_);
    while (!pipeline_->all_computed()) {
        while (!pipeline_->can_compute()) wait(moved_);
        at_boundary();
        compute_tile();
    }
    while (!pipeline_->all_stored()) wait(moved_);
    end_step();
}

void Engine::ask_loads() {
    while (pipeline_->can_load()) {
        const auto number = pipeline_->load_cursor().index();
        const auto& bytes = pipeline_->ask_load().load_bytes;
        hold(bytes);
        if (bytes[0] + bytes[1] + bytes[2] > 0)
            around_.dma.ask(load_stream_, {.purpose = Purpose::load, .step = *step_, .tile = number, .bytes = bytes});
        if (pipeline_->all_loads_asked()) controller_->loads_asked(*step_);
    }
}

void Engine::compute_tile() {
    const auto& tile = pipeline_->computing();
    const auto number = pipeline_->cursor().index();
    const auto begin = now();
    const auto duration = around_.clock.time(cycles(tile));
    begin_in_buffers(tile, duration);
    if (duration > 0) wait(as_sc_time(duration));
    for (auto more = late(); more > 0; more = late()) wait(as_sc_time(more));
    if (around_.journal.trace)
        around_.journal.trace->slice(track_, fmt::format("{} tile {}", around_.journal.name(*step_), number), begin,
                                     now());
    hold(tile.load_bytes, true);
    hold({0, 0, tile.store_bytes});
    pipeline_->end_compute();
    if (tile.store_bytes > 0)
        around_.dma.ask(store_stream_,
                        {.purpose = Purpose::store, .step = *step_, .tile = number, .bytes = {0, 0, tile.store_bytes}});
    ask_loads();
}

void Engine::begin_in_buffers(const models::Tile& tile, Picoseconds duration) {
    for (std::size_t b = 0; b < around_.buffers.size(); ++b) {
        std::uint64_t bytes = innermost_[outputs] == b ? tile.buffer_write_bytes : 0;
        for (std::size_t o = 0; o < innermost_.size(); ++o)
            if (innermost_[o] == b) bytes += tile.buffer_read_bytes[o];
        around_.buffers[b]->ports().begin(number_, kernel_time(), duration, bytes);
    }
}

/// How much longer the tile takes because others use the same ports.
Picoseconds Engine::late() const {
    Picoseconds most = 0;
    for (auto* buffer : around_.buffers) most = std::max(most, buffer->ports().short_by(number_, kernel_time()));
    return most;
}

void Engine::hold(const std::array<std::uint64_t, 3>& bytes, bool give_back) {
    if (around_.journal.trace == nullptr) return;
    for (std::size_t b = 0; b < around_.buffers.size(); ++b) {
        std::uint64_t sum = 0;
        for (std::size_t o = 0; o < bytes.size(); ++o)
            if (innermost_[o] == b) sum += bytes[o];
        if (sum == 0) continue;
        const auto held = around_.buffers[b]->hold(sum, give_back);
        around_.journal.trace->counter(fmt::format("{} bytes", around_.buffers[b]->basename()), now(),
                                       static_cast<double>(held));
    }
}

void Engine::end_step() {
    const auto step = *step_;
    step_.reset();
    tiles_.clear();
    repeats_.clear();
    controller_->ended(step);
}

std::string Engine::waits_for() const {
    const auto tile = pipeline_->cursor().index();
    if (!around_.journal.steps[*step_].prefetched) return "its prefetched weights";
    if (pipeline_->all_computed()) return fmt::format("the store of tile {}", pipeline_->stored());
    if (pipeline_->loaded() <= tile) return fmt::format("the load of tile {}", pipeline_->loaded());
    return fmt::format("the store of tile {}", pipeline_->stored());
}

std::uint64_t CustomUnit::cycles(const models::Tile& tile) const {
    const auto read = tile.buffer_read_bytes[0] + tile.buffer_read_bytes[1] + tile.buffer_read_bytes[2];
    const auto port =
        unit_.port_cycles(static_cast<double>(read), static_cast<double>(tile.buffer_write_bytes), clock_);
    return std::max(tile.compute_cycles, static_cast<std::uint64_t>(std::ceil(port)));
}

Host::Host(const sc_core::sc_module_name& name, const hw_space::Host& host, Journal& journal)
    : Player(name), host_(host), journal_(journal), track_(journal.track(basename())) {
    SC_METHOD(finish);
    sensitive << finished_;
    dont_initialize();
}

void Host::start(std::size_t step) {
    step_ = step;
    finished_.notify(as_sc_time(picoseconds(models::host_time(host_, journal_.schedule->steps[step]))));
    controller_->loads_asked(step);
}

void Host::finish() {
    const auto step = *step_;
    step_.reset();
    controller_->ended(step);
    if (journal_.trace)
        journal_.trace->slice(track_, journal_.name(step), journal_.steps[step].start, journal_.steps[step].end);
}

}  // namespace dyad::sim
