// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/report_builder.hpp"
#include "sim/modules/dma.hpp"
#include "sim/modules/listener.hpp"
#include "sim/pipeline.hpp"

namespace dyad::sim {

/// Whatever the controller can give a step to: an engine, or the host.
class Player : public sc_core::sc_module {
public:
    explicit Player(const sc_core::sc_module_name& name) : sc_module(name) {}
    [[nodiscard]] virtual bool is_idle() const = 0;
    /// Plays a step, or of a chain what one lane of it does.
    virtual void start(std::size_t step, std::size_t lane) = 0;
    /// Asks for the weights that a later step may load ahead of its start.
    virtual void prefetch(std::size_t) {}
    /// Another engine has ended a tile of the chain that this one plays too.
    virtual void chain_moved() {}
    /// What the step that runs now is waiting for.
    [[nodiscard]] virtual std::string waits_for() const = 0;
};

/// Everything that the engines of one core share with each other and the rest of the chip.
struct Surroundings {
    Dma& dma;
    NetworkLinks& network;
    Journal& journal;
    Clock clock;
    bool jump = true;
    std::size_t core = 0;
    std::vector<Buffer*> buffers;  ///< outermost first
    std::vector<std::array<bool, 3>> keeps;
    Dma::Route route;
};

/// Plays steps tile by tile: launch, then load, compute and store, overlapped as far as the buffers allow.
class Engine : public Player, public Requester {
public:
    /// `number` among the engines of its core.
    Engine(const sc_core::sc_module_name& name, const Surroundings& around, std::size_t number);
    SC_HAS_PROCESS(Engine);
    void connect(Listener& listener) { listener_ = &listener; }

    [[nodiscard]] bool is_idle() const override { return !step_; }
    void start(std::size_t step, std::size_t lane) override;
    void prefetch(std::size_t step) override;
    void chain_moved() override { moved_.notify(); }
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
    /// Whether the other members of a chain let the next tile begin.
    [[nodiscard]] bool chain_lets() const;
    void count_in_chain(const models::TileRun& run, bool ends);
    /// Takes its share of the banks and links that a tile needs.
    void begin_in_buffers(const models::Tile& tile, Picoseconds duration);
    void begin_on_links(const models::Tile& tile, Picoseconds duration);
    [[nodiscard]] Picoseconds late() const;
    /// Where the part of an operand for a tile begins in a buffer.
    [[nodiscard]] std::uint64_t place(std::size_t buffer, std::size_t operand, std::uint64_t tile) const;
    [[nodiscard]] std::array<std::uint64_t, 3> places(std::uint64_t tile) const;
    void find_links();
    void wait_for(const sc_core::sc_event& event, Wait what);
    void waited(Wait what, Picoseconds since);
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

    /// A link and the operands that the engine moves over it.
    struct LinkUse {
        std::size_t link;
        std::array<bool, 3> reads{};
        bool writes = false;
    };

    Surroundings around_;
    Listener* listener_ = nullptr;
    const std::size_t number_, user_;  ///< in its core; of banks and links
    const std::size_t load_stream_, store_stream_, track_;
    std::array<std::optional<std::size_t>, 3> innermost_;  ///< buffer that the engine reads each operand from
    std::vector<LinkUse> links_;
    std::vector<Span> spans_;
    std::optional<std::size_t> step_;
    const models::Chain* chain_ = nullptr;  ///< of the step, if it is one
    std::size_t lane_ = 0;
    bool counts_waits_ = true;  ///< it is the one whose waits are reported
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

}  // namespace dyad::sim
