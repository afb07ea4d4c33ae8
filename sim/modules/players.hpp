// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/report_builder.hpp"
#include "sim/modules/dma.hpp"
#include "sim/pipeline.hpp"

namespace dyad::sim {

class Controller;

/// Whatever the controller can give a step to: an engine, or the host.
class Player : public sc_core::sc_module {
public:
    explicit Player(const sc_core::sc_module_name& name) : sc_module(name) {}
    [[nodiscard]] virtual bool is_idle() const = 0;
    virtual void start(std::size_t step) = 0;
    /// Asks for the weights that a later step may load ahead of its start.
    virtual void prefetch(std::size_t) {}
    /// What the step that runs now is waiting for.
    [[nodiscard]] virtual std::string waits_for() const = 0;
};

/// Everything that an engine shares with the rest of the chip.
struct Surroundings {
    Dma& dma;
    std::vector<Buffer*> buffers;  ///< outermost first
    std::vector<std::array<bool, 3>> keeps;
    Clock clock;
    Journal& journal;
    bool jump = true;
    Picoseconds refresh_interval = 0;
};

/// Plays steps tile by tile: launch, then load, compute and store, overlapped as far as the buffers allow.
class Engine : public Player, public Requester {
public:
    /// `number` among the users of the buffers.
    Engine(const sc_core::sc_module_name& name, const Surroundings& around, std::size_t number);
    SC_HAS_PROCESS(Engine);
    void connect(Controller& controller) { controller_ = &controller; }

    [[nodiscard]] bool is_idle() const override { return !step_; }
    void start(std::size_t step) override;
    void prefetch(std::size_t step) override;
    [[nodiscard]] std::string waits_for() const override;
    void transferred(const Transfer& transfer) override;

protected:
    /// Cycles of one tile with all operands at hand.
    [[nodiscard]] virtual std::uint64_t cycles(const models::Tile& tile) const { return tile.compute_cycles; }

private:
    void play();
    void play_step();
    void ask_loads();
    void compute_tile();
    void begin_in_buffers(const models::Tile& tile, Picoseconds duration);
    [[nodiscard]] Picoseconds late() const;
    void end_step();
    void at_boundary();
    void jump_tiles();
    void jump_repeats();
    /// What `watch` says about this boundary.
    [[nodiscard]] std::optional<Mark> repeat(SteadyState& watch, std::uint64_t position);
    void apply(const Mark& change, std::uint64_t times);
    /// The tile's operands take room in the buffers, or give it back. For the timeline.
    void hold(const std::array<std::uint64_t, 3>& bytes, bool give_back = false);
    [[nodiscard]] Picoseconds now() const { return kernel_time() + around_.journal.skipped; }
    [[nodiscard]] StepRecord& record() { return around_.journal.steps[*step_]; }

    Surroundings around_;
    Controller* controller_ = nullptr;
    const std::size_t number_;
    const std::size_t load_stream_, store_stream_, track_;
    std::array<std::optional<std::size_t>, 3> innermost_;  ///< buffer that the engine reads each operand from
    std::optional<std::size_t> step_;
    models::StepProgram program_;
    std::optional<Pipeline> pipeline_;
    SteadyState tiles_, repeats_;
    std::vector<std::uint64_t> state_;
    sc_core::sc_event started_, moved_;
};

// The engines differ in what a tile takes. Its cycles come from the plan, which knows the array, the lanes and the
// operations; what only the simulation can tell - waiting for data, for ports, for room - is the same for all.
class PeArray final : public Engine {
public:
    using Engine::Engine;
};
class DepthwiseUnit final : public Engine {
public:
    using Engine::Engine;
};
class VectorUnit final : public Engine {
public:
    using Engine::Engine;
};
/// Its own port to the buffer may be narrower than the buffer.
class CustomUnit final : public Engine {
public:
    CustomUnit(const sc_core::sc_module_name& name, const Surroundings& around, std::size_t number,
               const hw_space::CustomUnit& unit, core::Hertz clock)
        : Engine(name, around, number), unit_(unit), clock_(clock) {}

protected:
    [[nodiscard]] std::uint64_t cycles(const models::Tile& tile) const override;

private:
    const hw_space::CustomUnit unit_;
    const core::Hertz clock_;
};

/// Runs what no engine can: launch, the link, the operations; nothing of it is on the chip.
class Host final : public Player {
public:
    Host(const sc_core::sc_module_name& name, const hw_space::Host& host, Journal& journal);
    SC_HAS_PROCESS(Host);
    void connect(Controller& controller) { controller_ = &controller; }
    [[nodiscard]] bool is_idle() const override { return !step_; }
    void start(std::size_t step) override;
    [[nodiscard]] std::string waits_for() const override { return "its own end"; }

private:
    void finish();

    const hw_space::Host host_;
    Journal& journal_;
    const std::size_t track_;
    Controller* controller_ = nullptr;
    std::optional<std::size_t> step_;
    sc_core::sc_event finished_;
};

}  // namespace dyad::sim
