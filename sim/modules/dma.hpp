// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sim/journal.hpp"
#include "sim/modules/memories.hpp"

namespace dyad::sim {

/// What a transfer is for.
enum class Purpose : std::uint8_t { prefetch, load, store };

/// One tile command for the DMA: bytes of each operand, to or from the buffers that keep it.
struct Transfer {
    Purpose purpose = Purpose::load;
    std::size_t step = 0;
    std::uint64_t tile = 0;
    std::array<std::uint64_t, 3> bytes{};    ///< by models::Operand; of a store only the outputs
    std::array<std::uint64_t, 3> address{};  ///< in DRAM
    std::array<std::uint64_t, 3> moved{};
    Picoseconds begun = 0;
    [[nodiscard]] std::uint64_t left() const;
};

/// Who asked for transfers and hears of their end.
class Requester {
public:
    virtual ~Requester() = default;
    virtual void transferred(const Transfer& transfer) = 0;
};

/// Moves tiles between DRAM and buffers. Each engine has a stream of loads and one of stores; the streams take turns,
/// one chunk each, and a stream works off its transfers in order. At most `outstanding` bursts are under way.
class Dma final : public sc_core::sc_module {
public:
    tlm_utils::simple_initiator_socket<Dma> out_dram{"out_dram"};
    sc_core::sc_vector<tlm_utils::simple_initiator_socket<Dma>> out_buffers;

    static constexpr std::uint64_t bursts_per_chunk = 64;

    struct Params {
        Window window;
        std::vector<std::array<bool, 3>> keeps;  ///< by buffer and operand
        std::vector<std::string> buffers;        ///< their names
        std::vector<std::uint64_t> sizes;        ///< in bytes
        std::string dram;
        std::uint64_t capacity = 0;  ///< of the DRAM
        std::uint64_t region = 0;    ///< where the tiles of the next stream and operand begin
    };
    Dma(const sc_core::sc_module_name& name, Params params, DramTiming& dram, Journal& journal);
    ~Dma() override;
    SC_HAS_PROCESS(Dma);

    /// A new stream; its number.
    [[nodiscard]] std::size_t add_stream(Requester& requester);
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
        std::deque<Transfer> waiting;
        std::array<std::uint64_t, 3> next_address{};
    };
    struct Completion {
        Picoseconds time;
        Requester* requester;
        Transfer transfer;
    };
    void serve();
    void complete();
    [[nodiscard]] Stream* next_stream();
    void move_chunk(Stream& stream);
    void move_operand(Transfer& transfer, std::size_t operand, std::uint64_t bytes);
    void access_dram(const Transfer& transfer, std::uint64_t address, std::uint64_t bytes);
    void fill_buffers(const Transfer& transfer, std::size_t operand, std::uint64_t bytes);
    [[nodiscard]] Picoseconds pass_buffer(const Transfer& transfer, std::size_t operand, std::size_t b,
                                          std::uint64_t bytes);
    void finish(Stream& stream);
    void place(Stream& stream, Transfer& transfer);
    void append_place(std::uint64_t address, std::vector<std::uint64_t>& state) const;
    void check(const tlm::tlm_generic_payload& tx, const std::string& memory, const Transfer& transfer) const;

    const Params params_;
    DramTiming& dram_;
    Journal& journal_;
    const std::size_t track_;
    std::deque<Stream> streams_;
    std::size_t turn_ = 0;                 ///< the stream to look at first
    std::vector<Completion> completions_;  ///< by time, then in the order of their making
    Picoseconds chunk_issued_ = 0, chunk_done_ = 0;
    tlm::tlm_generic_payload tx_;
    Streaming streaming_;
    sc_core::sc_event asked_, completed_;
};

}  // namespace dyad::sim
