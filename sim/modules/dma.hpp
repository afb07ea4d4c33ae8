// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/journal.hpp"
#include "sim/modules/memories.hpp"
#include "sim/network_links.hpp"

namespace dyad::sim {

/// What a transfer is for.
enum class Purpose : std::uint8_t { prefetch, load, store };

/// One tile command for the DMA: bytes of each operand between DRAM and the buffers that keep it, and bytes between the
/// buffer where tensors stay and the core's own.
struct Transfer {
    Purpose purpose = Purpose::load;
    std::size_t step = 0;
    std::uint64_t tile = 0;
    std::array<std::uint64_t, 3> bytes{};    ///< by models::Operand; of a store only the outputs
    std::uint64_t shared = 0;                ///< from or to the buffer that all cores share
    std::array<std::uint64_t, 3> address{};  ///< in DRAM, round after round
    std::array<std::uint64_t, 3> place{};    ///< in the innermost buffer
    std::array<std::uint64_t, 3> moved{};
    std::uint64_t shared_moved = 0;
    Picoseconds begun = 0;
    [[nodiscard]] std::uint64_t left() const;
    [[nodiscard]] bool untouched() const;
};

/// Who asked for transfers and hears of their end.
class Requester {
public:
    virtual ~Requester() = default;
    virtual void transferred(const Transfer& transfer) = 0;
};

/// Moves tiles between DRAM and buffers. Each engine has a stream of loads and one of stores; the streams take turns,
/// one chunk each, and a stream works off its transfers in order. Each of the DMA's engines serves one stream at a
/// time, with at most `outstanding` bursts under way.
class Dma final : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<Dma> out_dram{"out_dram"};
    sc_core::sc_vector<tlm_utils::simple_initiator_socket<Dma>> out_buffers;

    static constexpr std::uint64_t bursts_per_chunk = 64;

    /// One buffer that the DMA reaches.
    struct Target {
        std::string name;
        std::uint64_t size = 0;
        std::array<bool, 3> keeps{};  ///< by operand
        Path in, out;                 ///< from the DMA and back
        bool is_home = false;         ///< where tensors stay between kernels
        bool is_own = false;          ///< of one core
        bool placed = false;          ///< it matters where in it a tile lies
    };
    struct Params {
        Window window;
        unsigned engines = 1;
        std::vector<Target> targets;
        std::string dram;
        std::uint64_t apart = 0;  ///< bytes from where the tiles of one stream and operand begin to those of the next
    };
    Dma(const sc_core::sc_module_name& name, Params params, DramTiming& dram, NetworkLinks& network, Journal& journal);
    ~Dma() override;
    SC_HAS_PROCESS(Dma);

    /// What serves the engine of a stream.
    struct Route {
        std::vector<std::size_t> targets;  ///< outermost first
        Path shared_in, shared_out;        ///< between the buffer where tensors stay and the core
    };
    /// A new stream; its number.
    [[nodiscard]] std::size_t add_stream(Requester& requester, Route route);
    [[nodiscard]] Picoseconds refresh_interval() const { return dram_.params().refresh_interval; }
    void ask(std::size_t stream, Transfer transfer);
    /// Whether transfers of other engines than the one with these streams are under way.
    [[nodiscard]] bool serves_others(std::size_t load_stream, std::size_t store_stream) const;
    /// Appends what decides how the transfers of one engine go on while no other uses the DMA.
    void append_state(std::size_t load_stream, std::size_t store_stream, std::vector<std::uint64_t>& state) const;
    /// Time jumps by `time` while a step moves `counts` over its two streams: refreshes keep their rhythm and the next
    /// tiles lie on the banks on which they would. What is under way stays as far from its end as it was.
    void skip(Picoseconds time, const Counts& counts, std::size_t load_stream, std::size_t store_stream);

private:
    struct Stream {
        Requester* requester;
        Route route;
        std::deque<Transfer> waiting;
        std::array<std::uint64_t, 3> next_address{};
        Picoseconds served_until = 0;  ///< one of the DMA's engines is at a chunk of it
        Picoseconds ends = 0;          ///< of its latest transfer: they end in order
    };
    struct Completion {
        Picoseconds time;
        Requester* requester;
        Transfer transfer;
    };
    void serve();
    void wait_for_stream();
    [[nodiscard]] std::optional<Picoseconds> next_release() const;
    void complete();
    [[nodiscard]] Stream* next_stream();
    void move_chunk(Stream& stream);
    void move_operand(Stream& stream, std::size_t operand, std::uint64_t bytes);
    void move_shared(Stream& stream, std::uint64_t bytes);
    void access_dram(const Transfer& transfer, std::uint64_t address, std::uint64_t bytes);
    void fill_buffers(const Stream& stream, std::size_t operand, std::uint64_t bytes);
    /// When `bytes` from `at` on that come at `now` are through the banks of a buffer.
    [[nodiscard]] Picoseconds pass_buffer(const Transfer& transfer, std::size_t target, Picoseconds now,
                                          std::uint64_t at, std::uint64_t bytes, bool read);
    void issued_until(Picoseconds through, Picoseconds arrived);
    void finish(Stream& stream);
    void place(Stream& stream, Transfer& transfer);
    void append_place(std::uint64_t address, std::vector<std::uint64_t>& state) const;
    void check(const tlm::tlm_generic_payload& tx, const std::string& memory, const Transfer& transfer) const;

    const Params params_;
    DramTiming& dram_;
    NetworkLinks& network_;
    Journal& journal_;
    const std::uint64_t period_;       ///< of addresses: the same bank, and the same way to the next tile
    std::vector<std::size_t> tracks_;  ///< by engine
    std::deque<Stream> streams_;
    std::size_t turn_ = 0;                 ///< the stream to look at first
    std::vector<Completion> completions_;  ///< by time, then in the order of their making
    std::size_t engine_ = 0;               ///< that serves now
    std::vector<Picoseconds> issued_;      ///< by engine: when its chunk has left
    Picoseconds chunk_issued_ = 0, chunk_done_ = 0;
    tlm::tlm_generic_payload tx_;
    Streaming streaming_;
    sc_core::sc_event asked_, completed_;
};

}  // namespace dyad::sim
