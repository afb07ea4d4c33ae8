// SPDX-License-Identifier: Apache-2.0
#include "models/analytic/tile_pipeline.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

#include "hw_space/floorplan.hpp"

namespace dyad::models {
namespace {

/// A pipeline two tiles deep has settled after so many tiles or repeats.
constexpr std::uint64_t settling = 6;

constexpr std::size_t outputs = static_cast<std::size_t>(Operand::outputs);

/// Times of one tile when it has everything for itself.
struct TileTimes {
    double load = 0, compute = 0, store = 0;
    double latency = 0;  ///< to the first datum of the load when the DRAM is idle
    double last = 0;     ///< how much longer the busiest channel takes than all together
    double activates = 0;
    double shared_load = 0, shared_store = 0;  ///< between a buffer that all cores share and the core
    std::uint64_t load_bytes = 0, store_bytes = 0;
};

/// Port time at the buffer that is busiest with a tile: what the engine and the DMA move through it.
double port_cycles(const Tile& tile, const std::vector<hw_space::Buffer>& buffers) {
    std::array<std::uint64_t, 3> engine = tile.buffer_read_bytes, dma = tile.load_bytes;
    engine[outputs] += tile.buffer_write_bytes;
    dma[outputs] += tile.store_bytes;
    std::array<bool, 3> served{};  // by an inner buffer
    double most = 0;
    for (auto buffer = buffers.rbegin(); buffer != buffers.rend(); ++buffer) {
        const std::array keeps{buffer->keeps.weights, buffer->keeps.inputs, buffer->keeps.outputs};
        std::uint64_t used = 0, moved = 0;
        for (std::size_t o = 0; o < keeps.size(); ++o) {
            if (!keeps[o]) continue;
            moved += dma[o];
            if (!served[o]) used += engine[o];
            served[o] = true;
        }
        if (used == 0) continue;  // the DMA's share alone holds up no engine
        most = std::max(
            most, std::ceil(static_cast<double>(used + moved) / static_cast<double>(buffer->per_cycle().count())));
    }
    return most;
}

/// What an engine's accesses take on the network, when it reaches its innermost buffers over it.
double network_cycles(const Tile& tile, const hw_space::Accelerator& chip) {
    if (chip.network.topology == hw_space::Topology::direct || hw_space::has_own_buffers(chip)) return 0;
    const auto sum = [](const std::array<std::uint64_t, 3>& bytes) { return bytes[0] + bytes[1] + bytes[2]; };
    auto bytes = std::max(sum(tile.buffer_read_bytes), tile.buffer_write_bytes);
    if (chip.network.topology == hw_space::Topology::bus)
        bytes = sum(tile.buffer_read_bytes) + tile.buffer_write_bytes + sum(tile.load_bytes) + tile.store_bytes;
    return std::ceil(static_cast<double>(bytes) / static_cast<double>(chip.network.width.count()));
}

/// How long what comes from, or goes to, a buffer that all cores share takes.
double shared_seconds(std::uint64_t bytes, const hw_space::Accelerator& chip, double sharers) {
    if (bytes == 0) return 0;
    auto rate = std::numeric_limits<double>::infinity();
    for (std::size_t b = 0; b < chip.buffers.size(); ++b) {
        const auto all = static_cast<double>(chip.buffers[b].per_cycle().count()) * chip.clock.count();
        rate = std::min(rate, chip.cores.own(b) ? all : all / sharers);
    }
    if (chip.network.topology != hw_space::Topology::direct)
        rate = std::min(rate, static_cast<double>(chip.network.width.count()) * chip.clock.count() / sharers);
    if (chip.cores.link.rate.count() > 0) rate = std::min(rate, chip.cores.link.rate.count());
    return static_cast<double>(bytes) / rate;
}

/// A custom unit's own port may be narrower than the buffer's.
double unit_port_cycles(const Tile& tile, const hw_space::Engine& engine, core::Hertz clock) {
    const auto* unit = std::get_if<hw_space::CustomUnit>(&engine);
    const auto& read = tile.buffer_read_bytes;
    return unit == nullptr ? 0
                           : unit->port_cycles(static_cast<double>(read[0] + read[1] + read[2]),
                                               static_cast<double>(tile.buffer_write_bytes), clock);
}

/// The DRAM's time, shared by the lanes of a step.
struct Bus {
    double free = 0, busy = 0;
    std::optional<bool> last_write{};
};

/// The state of the recurrence after some tiles; index 0 is the latest tile, 1 the one before. All times count from the
/// start of the step.
class Pipeline {
public:
    Pipeline(const StepProgram& program, const hw_space::Accelerator& chip, const hw_space::Engine& engine,
             const DramStream& dram, Bus& bus, const StepContext& context)
        : program_(program), chip_(chip), engine_(engine), dram_(dram), bus_(bus), ahead_(context.ahead.count()) {
        weights_there_ = context.weights_late;
        computed_[0] = (program.launch / chip.clock).count();
    }

    void run() {
        for (std::size_t b = 0; b < program_.tiles.size(); ++b) play(program_.tiles[b], b + 1 == program_.tiles.size());
        end();
    }

    /// One run of tiles, the first of which computes at `gate` at the earliest; `last` asks for what is loaded ahead.
    void play(const TileRun& run, bool last, double gate = 0) {
        gate_ = gate;
        const auto tile = times(run.tile);
        std::uint64_t played = 0;
        double period = 0;
        TimeSums sums;
        while (played < std::min(run.count, settling)) {
            const auto before = computed_[0];
            sums = {bus_.busy, time_.activates};
            play(tile, last && played + 1 == std::min(run.count, settling));
            period = computed_[0] - before;
            ++played;
        }
        skip(run.count - played, period, sums);
    }

    /// Stores what is left.
    void end() {
        if (slots() == 2 && tiles_ > 1) store(1);
        store(0);
        time_.duration = std::max({computed_[0], stored_[0], stored_[1]});
    }

    [[nodiscard]] double computed() const { return computed_[0]; }
    [[nodiscard]] const StepTime& time() const { return time_; }

private:
    [[nodiscard]] std::size_t slots() const { return program_.double_buffered ? 2 : 1; }

    [[nodiscard]] TileTimes times(const Tile& tile) const {
        TileTimes result;
        for (const auto bytes : tile.load_bytes) {
            if (bytes > 0 && result.load_bytes == 0) result.latency = dram_.idle_latency(bytes);
            result.load += dram_.bus_seconds(bytes);
            result.last = std::max(result.last, dram_.transfer_seconds(bytes) - dram_.bus_seconds(bytes));
            result.activates += dram_.activates(bytes);
            result.load_bytes += bytes;
        }
        result.shared_load = shared_seconds(tile.shared_load_bytes, chip_, dram_.sharers());
        result.shared_store = shared_seconds(tile.shared_store_bytes, chip_, dram_.sharers());
        result.store = dram_.bus_seconds(tile.store_bytes);
        result.store_bytes = tile.store_bytes;
        result.activates += dram_.activates(tile.store_bytes);
        const auto cycles = std::max({static_cast<double>(tile.compute_cycles), port_cycles(tile, chip_.buffers),
                                      network_cycles(tile, chip_), unit_port_cycles(tile, engine_, chip_.clock)});
        result.compute = cycles / chip_.clock.count();
        return result;
    }

    void play(const TileBlock& block, bool last_block) {
        std::uint64_t played = 0;
        double before = 0, period = 0;
        TimeSums sums;
        while (played < std::min(block.repeat, settling)) {
            before = computed_[0];
            sums = {bus_.busy, time_.activates};
            const bool last_repeat = last_block && played + 1 == std::min(block.repeat, settling);
            for (std::size_t r = 0; r < block.runs.size(); ++r)
                play(block.runs[r], last_repeat && r + 1 == block.runs.size());
            period = computed_[0] - before;
            ++played;
        }
        skip(block.repeat - played, period, sums);
    }

    struct TimeSums {
        double dram_busy = 0, activates = 0;
    };
    /// `times` more of what has just been played, which took `period` and began at `sums`.
    void skip(std::uint64_t times, double period, const TimeSums& sums) {
        if (times == 0) return;
        const auto n = static_cast<double>(times);
        for (auto* time : {&computed_[0], &computed_[1], &stored_[0], &stored_[1], &bus_.free}) *time += n * period;
        if (time_.prefetch_end > 0) time_.prefetch_end += n * period;
        bus_.busy += n * (bus_.busy - sums.dram_busy);
        time_.activates += n * (time_.activates - sums.activates);
    }

    /// Stores the tile `back` before the latest one.
    void store(std::size_t back) {
        stored_[back] =
            tile_[back].store_bytes > 0 ? transfer(computed_[back], tile_[back].store_bytes, true) : computed_[back];
        stored_[back] += tile_[back].shared_store;
    }

    void play(const TileTimes& tile, bool last) {
        const bool freed = tiles_ >= slots();
        const auto back = slots() - 1;  // the tile whose slot this one takes
        if (freed) store(back);
        const auto asked = !freed ? 0 : slots() == 2 ? computed_[back] : stored_[back];
        auto ready = std::max(asked, weights_there_);
        if (tile.load_bytes > 0) ready = std::max(ready, load(asked, tile, freed ? tile_[back].store_bytes : 0));
        ready += tile.shared_load;
        if (last && ahead_ > 0) time_.prefetch_end = load_ahead(asked);
        const auto room = freed ? stored_[back] : 0;
        const auto end = std::max({computed_[0], ready, room, gate_}) + tile.compute;
        gate_ = 0;
        computed_ = {end, computed_[0]};
        stored_ = {0, stored_[0]};
        tile_ = {tile, tile_[0]};
        time_.activates += tile.activates;
        ++tiles_;
    }

    /// Loads a tile's operands; a store that is asked for at the same time takes turns with it, chunk by chunk.
    double load(double asked, const TileTimes& tile, std::uint64_t store_bytes) {
        const auto turns =
            std::min(core::ceil_div(tile.load_bytes, dram_.chunk()), core::ceil_div(store_bytes, dram_.chunk()));
        const auto more = turns > 1 ? static_cast<double>(turns - 1) : 0.0;
        const auto turning = more * (dram_.read_to_write() + dram_.write_to_read());
        return occupy(asked + tile.latency, tile.load + turning, false) + tile.last;
    }

    double transfer(double asked, std::uint64_t bytes, bool write) {
        const auto bus = dram_.bus_seconds(bytes);
        return occupy(asked + dram_.idle_latency(bytes), bus, write) + dram_.transfer_seconds(bytes) - bus;
    }

    /// The next step's weights: one transfer for all cores, and no part of this step's own.
    double load_ahead(double asked) {
        const auto bus = dram_.lone_seconds(ahead_);
        const auto end = occupy(asked + dram_.idle_latency(ahead_), bus, false);
        bus_.busy -= bus;
        return end + (dram_.transfer_seconds(ahead_) - dram_.bus_seconds(ahead_)) / dram_.sharers();
    }

    /// Moves data for `duration`, from `ready` on at the earliest.
    double occupy(double ready, double duration, bool write) {
        double turn = 0;
        if (bus_.last_write && *bus_.last_write != write) turn = write ? dram_.read_to_write() : dram_.write_to_read();
        const auto start = std::max(ready, bus_.free + turn);
        const auto waited = std::min(start - bus_.free, turn);
        bus_.free = start + duration;
        bus_.last_write = write;
        bus_.busy += duration + std::max(0.0, waited);
        return bus_.free;
    }

    const StepProgram& program_;
    const hw_space::Accelerator& chip_;
    const hw_space::Engine& engine_;
    const DramStream& dram_;
    Bus& bus_;
    const std::uint64_t ahead_;
    std::array<double, 2> computed_{}, stored_{};  ///< ends of compute and store
    std::array<TileTimes, 2> tile_{};
    std::uint64_t tiles_ = 0;
    double weights_there_ = 0, gate_ = 0;
    StepTime time_;
};

/// The lanes of a chain, run by run in the order in which they can begin.
class ChainPipeline {
public:
    ChainPipeline(const Chain& chain, const std::vector<StepProgram>& programs, const hw_space::Accelerator& chip,
                  const DramStream& dram, const StepContext& context)
        : chain_(chain), programs_(programs), done_(chain.room.size()), at_(programs.size()) {
        bus_.free = context.weights_late;
        for (std::size_t l = 0; l < programs.size(); ++l) {
            const StepContext own{l == 0 ? context.weights_late : 0, context.ahead};
            lanes_.emplace_back(programs[l], chip, chip.engines[chain.lanes[l].engine], dram, bus_, own);
            left_ += programs[l].tiles.size();
        }
    }

    StepTime run() {
        while (left_ > 0) play_next();
        StepTime time;
        for (auto& lane : lanes_) {
            lane.end();
            time.duration = std::max(time.duration, lane.time().duration);
            time.activates += lane.time().activates;
            time.prefetch_end = std::max(time.prefetch_end, lane.time().prefetch_end);
        }
        time.dram_busy = bus_.busy;
        return time;
    }

private:
    struct Place {
        std::size_t block = 0, run = 0;
        std::uint64_t repeat = 0;
    };

    [[nodiscard]] const TileRun* next(std::size_t lane) const {
        const auto& tiles = programs_[lane].tiles;
        return at_[lane].block < tiles.size() ? &tiles[at_[lane].block].runs[at_[lane].run] : nullptr;
    }

    /// When the other members let a run begin; nothing when they have not come so far.
    [[nodiscard]] std::optional<double> gate(const TileRun& run) const {
        if (!run.opens) return 0;
        const auto m = run.member, tile = done_[m].size();
        double time = 0;
        if (m > 0) {
            if (done_[m - 1].size() <= tile) return std::nullopt;
            time = done_[m - 1][tile];
        }
        const auto room = chain_.room[m];
        if (room == 0 || tile < room) return time;
        if (done_[m + 1].size() <= tile - room) return std::nullopt;
        return std::max(time, done_[m + 1][tile - room]);
    }

    void play_next() {
        std::optional<std::size_t> first;
        double earliest = 0, opened = 0;
        for (std::size_t l = 0; l < lanes_.size(); ++l) {
            const auto* run = next(l);
            const auto open = run ? gate(*run) : std::nullopt;
            if (!open) continue;
            const auto begin = std::max(lanes_[l].computed(), *open);
            if (first && begin >= earliest) continue;
            first = l;
            earliest = begin;
            opened = *open;
        }
        if (!first) throw std::logic_error("the members of a chain wait for each other");
        const auto& run = *next(*first);
        advance(*first);
        lanes_[*first].play(run, left_ == 0, opened);
        if (run.closes) done_[run.member].push_back(lanes_[*first].computed());
    }

    void advance(std::size_t lane) {
        auto& at = at_[lane];
        const auto& block = programs_[lane].tiles[at.block];
        if (++at.run < block.runs.size()) return;
        at.run = 0;
        if (++at.repeat < block.repeat) return;
        at.repeat = 0;
        ++at.block;
        --left_;
    }

    const Chain& chain_;
    const std::vector<StepProgram>& programs_;
    Bus bus_;
    std::vector<Pipeline> lanes_;
    std::vector<std::vector<double>> done_;  ///< by member: when each tile of the chain has ended
    std::vector<Place> at_;
    std::size_t left_ = 0;  ///< blocks
};

}  // namespace

StepTime time_alone(const StepProgram& program, const hw_space::Accelerator& accelerator,
                    const hw_space::Engine& engine, const DramStream& dram, const StepContext& context) {
    Bus bus{.free = context.weights_late};
    Pipeline pipeline(program, accelerator, engine, dram, bus, context);
    pipeline.run();
    auto time = pipeline.time();
    time.dram_busy = bus.busy;
    return time;
}

StepTime time_alone(const Chain& chain, const std::vector<StepProgram>& lanes, const hw_space::Accelerator& accelerator,
                    const DramStream& dram, const StepContext& context) {
    return ChainPipeline(chain, lanes, accelerator, dram, context).run();
}

StepTime time_alone(const Schedule& schedule, std::size_t s, const DramStream& dram, const StepContext& context) {
    const auto& chip = *schedule.accelerator;
    const auto& step = schedule.steps[s];
    if (!step.plan->chain)
        return time_alone(step_program(schedule, s), chip, chip.engines.at(static_cast<std::size_t>(step.engine)), dram,
                          context);
    std::vector<StepProgram> programs;
    for (std::size_t lane = 0; lane < step.plan->chain->lanes.size(); ++lane)
        programs.push_back(step_program(schedule, s, lane));
    return time_alone(*step.plan->chain, programs, chip, dram, context);
}

}  // namespace dyad::models
