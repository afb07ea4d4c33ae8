// SPDX-License-Identifier: Apache-2.0
#include "sim/modules/players.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
      user_(around.core * around.journal.schedule->accelerator->engines.size() + number),
      load_stream_(around.dma.add_stream(*this, around.route)),
      store_stream_(around.dma.add_stream(*this, around.route)),
      track_(around.journal.track(basename())),
      innermost_(innermost_by_operand(around.keeps)),
      tiles_(around.dma.refresh_interval()),
      repeats_(around.dma.refresh_interval()) {
    find_links();
    SC_THREAD(play);
}

void Engine::find_links() {
    const auto& network = around_.network;
    const auto here = network.engine(number_, around_.core);
    const auto use = [this](std::size_t link) -> LinkUse& {
        const auto found = std::ranges::find(links_, link, &LinkUse::link);
        return found != links_.end() ? *found : links_.emplace_back(LinkUse{link});
    };
    for (std::size_t o = 0; o < innermost_.size(); ++o) {
        if (!innermost_[o]) continue;
        const auto buffer = network.buffer(*innermost_[o], around_.core);
        for (const auto link : network.path(buffer, here).links) use(link).reads[o] = true;
        if (o != outputs) continue;
        for (const auto link : network.path(here, buffer).links) use(link).writes = true;
    }
}

void Engine::start(std::size_t step, std::size_t lane) {
    chain_ = around_.journal.schedule->steps[step].plan->chain.get();
    lane_ = chain_ ? lane : 0;
    counts_waits_ = around_.core == 0 && (!chain_ || lane_ == models::busiest_lane(*chain_));
    program_ = models::step_program(*around_.journal.schedule, step, chain_ ? lane : around_.core);
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
    if (lane_ == 0) prefetch(*step_);
    ask_loads();
    wait(as_sc_time(around_.clock.time(program_.launch.count())));
    if (around_.journal.trace && now() > begin)
        around_.journal.trace->slice(track_, around_.journal.name(*step_) + " launch", begin, now());
    while (lane_ == 0 && !record().prefetched) wait_for(moved_, Wait::prefetch);
    while (!pipeline_->all_computed()) {
        while (!pipeline_->can_compute() || !chain_lets()) {
            const bool loaded = pipeline_->loaded() > pipeline_->cursor().index();
            wait_for(moved_, loaded ? Wait::stores : Wait::loads);
        }
        at_boundary();
        compute_tile();
    }
    while (!pipeline_->all_stored()) wait_for(moved_, Wait::drain);
    end_step();
}

void Engine::wait_for(const sc_core::sc_event& event, Wait what) {
    const auto since = kernel_time();
    wait(event);
    waited(what, since);
}

void Engine::waited(Wait what, Picoseconds since) {
    if (counts_waits_) record().counts.waits[static_cast<std::size_t>(what)] += kernel_time() - since;
}

void Engine::ask_loads() {
    while (pipeline_->can_load()) {
        const auto number = pipeline_->load_cursor().index();
        const auto& tile = pipeline_->ask_load();
        const auto& bytes = tile.load_bytes;
        hold(bytes);
        if (bytes[0] + bytes[1] + bytes[2] + tile.shared_load_bytes > 0)
            around_.dma.ask(load_stream_, {.purpose = Purpose::load,
                                           .step = *step_,
                                           .tile = number,
                                           .bytes = bytes,
                                           .shared = tile.shared_load_bytes,
                                           .place = places(number)});
        if (pipeline_->all_loads_asked()) listener_->loads_asked(*step_);
    }
}

void Engine::compute_tile() {
    const auto& tile = pipeline_->computing();
    const auto number = pipeline_->cursor().index();
    const auto begin = now();
    const auto duration = around_.clock.time(cycles(tile));
    begin_in_buffers(tile, duration);
    begin_on_links(tile, duration);
    if (duration > 0) wait(as_sc_time(duration));
    const auto since = kernel_time();
    for (auto more = late(); more > 0; more = late()) wait(as_sc_time(more));
    waited(Wait::ports, since);
    if (around_.journal.trace)
        around_.journal.trace->slice(track_, fmt::format("{} tile {}", around_.journal.name(*step_), number), begin,
                                     now());
    hold(tile.load_bytes, true);
    hold({0, 0, tile.store_bytes});
    if (chain_) count_in_chain(pipeline_->cursor().run(), pipeline_->cursor().left_in_run() == 1);
    pipeline_->end_compute();
    if (tile.store_bytes + tile.shared_store_bytes > 0)
        around_.dma.ask(store_stream_, {.purpose = Purpose::store,
                                        .step = *step_,
                                        .tile = number,
                                        .bytes = {0, 0, tile.store_bytes},
                                        .shared = tile.shared_store_bytes,
                                        .place = places(number)});
    ask_loads();
}

bool Engine::chain_lets() const {
    if (!chain_) return true;
    const auto& at = pipeline_->cursor();
    const auto& run = at.run();
    if (!run.opens || !at.starts_run()) return true;
    const auto& done = around_.journal.steps[*step_].tiles_done;
    const auto member = run.member, tile = done[member];
    if (member > 0 && done[member - 1] <= tile) return false;
    return chain_->room[member] == 0 || tile < done[member + 1] + chain_->room[member];
}

void Engine::count_in_chain(const models::TileRun& run, bool ends) {
    if (!run.closes || !ends) return;
    ++record().tiles_done[run.member];
    listener_->chain_moved(*step_);
}

void Engine::begin_in_buffers(const models::Tile& tile, Picoseconds duration) {
    const auto number = pipeline_->cursor().index();
    for (std::size_t b = 0; b < around_.buffers.size(); ++b) {
        auto& banks = around_.buffers[b]->banks();
        spans_.clear();
        for (std::size_t o = 0; o < innermost_.size(); ++o) {
            if (innermost_[o] != b) continue;
            const auto bytes = tile.buffer_read_bytes[o] + (o == outputs ? tile.buffer_write_bytes : 0);
            const auto extent = program_.space.empty() ? 0 : program_.space[b][o].count() / pipeline_->slots();
            spans_.push_back({banks.placed() ? place(b, o, number) : 0, extent, bytes});
        }
        banks.begin(user_, kernel_time(), duration, spans_);
    }
}

void Engine::begin_on_links(const models::Tile& tile, Picoseconds duration) {
    for (const auto& use : links_) {
        std::uint64_t bytes = use.writes ? tile.buffer_write_bytes : 0;
        for (std::size_t o = 0; o < use.reads.size(); ++o)
            if (use.reads[o]) bytes += tile.buffer_read_bytes[o];
        around_.network.link(use.link).begin(user_, kernel_time(), duration, bytes);
    }
}

/// The tiles of an operand lie side by side, one slot each; the operands one after the other.
std::uint64_t Engine::place(std::size_t buffer, std::size_t operand, std::uint64_t tile) const {
    if (program_.space.empty()) return 0;
    const auto& space = program_.space[buffer];
    std::uint64_t base = 0;
    for (std::size_t o = 0; o < operand; ++o) base += space[o].count();
    return base + tile % pipeline_->slots() * (space[operand].count() / pipeline_->slots());
}

std::array<std::uint64_t, 3> Engine::places(std::uint64_t tile) const {
    std::array<std::uint64_t, 3> result{};
    for (std::size_t o = 0; o < result.size(); ++o)
        if (innermost_[o] && around_.buffers[*innermost_[o]]->banks().placed())
            result[o] = place(*innermost_[o], o, tile);
    return result;
}

/// How much longer the tile takes because others use the same banks and links.
Picoseconds Engine::late() const {
    Picoseconds most = 0;
    for (auto* buffer : around_.buffers) most = std::max(most, buffer->banks().short_by(user_, kernel_time()));
    for (const auto& use : links_) most = std::max(most, around_.network.link(use.link).short_by(user_, kernel_time()));
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
        around_.journal.trace->counter(fmt::format("{} tile bytes", around_.buffers[b]->basename()), now(),
                                       static_cast<double>(held));
    }
}

void Engine::end_step() {
    const auto step = *step_;
    step_.reset();
    tiles_.clear();
    repeats_.clear();
    listener_->ended(step);
}

std::string Engine::waits_for() const {
    const auto tile = pipeline_->cursor().index();
    if (lane_ == 0 && !around_.journal.steps[*step_].prefetched) return "its prefetched weights";
    if (pipeline_->all_computed()) return fmt::format("the store of tile {}", pipeline_->stored());
    if (pipeline_->loaded() <= tile) return fmt::format("the load of tile {}", pipeline_->loaded());
    if (!chain_lets()) return "the other members of its chain";
    return fmt::format("the store of tile {}", pipeline_->stored());
}

std::uint64_t CustomUnit::cycles(const models::Tile& tile) const {
    const auto read = tile.buffer_read_bytes[0] + tile.buffer_read_bytes[1] + tile.buffer_read_bytes[2];
    const auto port =
        unit_.port_cycles(static_cast<double>(read), static_cast<double>(tile.buffer_write_bytes), clock_);
    return std::max(tile.compute_cycles, static_cast<std::uint64_t>(std::ceil(port)));
}

}  // namespace dyad::sim
