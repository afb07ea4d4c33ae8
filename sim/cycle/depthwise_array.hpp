// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <systemc>
#include <vector>

#include "sim/cycle/lanes.hpp"
#include "sim/cycle/product.hpp"
#include "sim/cycle/stepping_clock.hpp"

namespace dyad::sim {

/// What a depthwise unit is given in one cycle: words that its line buffer does not hold yet, and the window to
/// compute.
struct WindowWords {
    bool valid = false;
    std::vector<std::uint32_t> addresses;  ///< of the new words in the plane, the same in all lanes
    std::vector<std::int32_t> words;       ///< for each address, all lanes
    std::uint32_t corner = 0;              ///< address of the window's first word
    /// At the first window of a channel block only: the window's offsets from its corner, for each all lanes' weights,
    /// and the length of the line buffer.
    std::vector<std::uint32_t> offsets;
    std::vector<std::int32_t> weights;
    std::size_t line_words = 0;
};

class WindowWordsOut : public virtual sc_core::sc_interface {
public:
    [[nodiscard]] virtual const WindowWords& read() const = 0;
};
class WindowWordsIn : public virtual sc_core::sc_interface {
public:
    /// What comes next, to be filled in.
    [[nodiscard]] virtual WindowWords& drive() = 0;
};
/// What is driven in one evaluation can be read in the next.
class WindowWires final : public sc_core::sc_prim_channel, public WindowWordsOut, public WindowWordsIn {
public:
    explicit WindowWires(const char* name) : sc_prim_channel(name) {}
    [[nodiscard]] const WindowWords& read() const override { return now_; }
    [[nodiscard]] WindowWords& drive() override;

private:
    void update() override { std::swap(now_, next_); }

    WindowWords now_, next_;
};

/// `lanes` channels side by side, each with a line buffer that holds the rows under its window and multipliers for the
/// whole window: one sum a lane and cycle. The line buffer is a ring: a word lies at its address modulo its length.
class DepthwiseArray final : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clk{"clk"};
    sc_core::sc_port<WindowWordsOut> in{"in"};
    sc_core::sc_port<LanesIn> out{"out"};  ///< one word a lane
    DepthwiseArray(const sc_core::sc_module_name& name, std::size_t lanes);
    SC_HAS_PROCESS(DepthwiseArray);
    /// Multiplications so far.
    [[nodiscard]] std::uint64_t element_cycles() const { return element_cycles_; }

private:
    void step();
    void take(const WindowWords& words);

    const std::size_t lanes_;
    std::size_t line_words_ = 0;
    std::vector<std::uint32_t> line_;  ///< line_words x lanes
    std::vector<std::uint32_t> offsets_, weights_, sums_;
    std::uint64_t element_cycles_ = 0;
};

/// The channels of one tile: products of equal shape, one a channel.
using Channels = std::vector<std::shared_ptr<Product>>;
/// One tile after another; no channels after the last.
using ChannelTiles = std::function<Channels()>;

/// The memories' side of a depthwise unit: brings each input word once a block of channels, when the first window that
/// needs it comes.
class WindowFeeder final : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clk{"clk"};
    sc_core::sc_port<WindowWordsIn> out{"out"};  ///< to the unit
    sc_core::sc_port<LanesOut> in{"in"};         ///< from the unit
    WindowFeeder(const sc_core::sc_module_name& name, std::size_t lanes, ChannelTiles tiles, SteppingClock& clock);
    SC_HAS_PROCESS(WindowFeeder);
    [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
    /// By tile: the cycle in which its first window is computed.
    [[nodiscard]] const std::vector<std::uint64_t>& begins() const { return begins_; }
    /// Counts blocks of channels that have begun, for waveforms.
    [[nodiscard]] const unsigned& block() const { return block_; }
    /// By channel: computed in full.
    std::function<void(const Product&)> finished;

private:
    /// One block of channels, one filter of each, one pair of slices.
    struct Pass {
        std::shared_ptr<const Channels> tile;
        std::size_t number = 0;  ///< of the tile
        Range channels;
        std::size_t filter = 0;
        Slice input, weight;
    };
    struct Window {
        Pass pass;
        std::size_t pixel = 0;
    };
    void step();
    void work();
    void collect();
    void next_pass();
    void append_passes(const std::shared_ptr<const Channels>& tile, std::size_t number);
    void drive(const Pass& pass, WindowWords& words);
    void configure(const Pass& pass, WindowWords& words);

    const std::size_t lanes_;
    ChannelTiles tiles_;
    SteppingClock& clock_;
    std::deque<Pass> waiting_;   ///< the first is under way
    std::deque<Window> driven_;  ///< whose sums are on their way
    std::size_t pixel_ = 0, tile_count_ = 0;
    std::vector<bool> sent_;  ///< by address of the plane, in this pass
    bool exhausted_ = false, ended_ = false;
    std::uint64_t cycle_ = 0, cycles_ = 0;
    unsigned block_ = 0;
    std::vector<std::uint64_t> begins_;
};

}  // namespace dyad::sim
