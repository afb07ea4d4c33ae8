// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <deque>
#include <systemc>
#include <vector>

#include "sim/cycle/lanes.hpp"
#include "sim/cycle/product.hpp"
#include "sim/cycle/stepping_clock.hpp"

namespace dyad::sim {

/// A systolic array as it stands, for the cycle fidelity.
struct ArrayShape {
    std::uint64_t rows = 1, cols = 1;
    hw_space::ArrayDataflow dataflow = hw_space::ArrayDataflow::weight_stationary;
    hw_space::Pipeline pipeline = hw_space::Pipeline::overlapped;
};

/// The memories' side of a systolic array: brings each operand word to the lane and the cycle where the array needs it,
/// and adds what comes out to the outputs of its product. Results are told apart by their column and order alone.
class Sequencer final : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clk{"clk"};
    sc_core::sc_port<LanesIn> left{"left"}, top{"top"};  ///< to the array
    sc_core::sc_port<LanesOut> out{"out"};               ///< from the array
    Sequencer(const sc_core::sc_module_name& name, const ArrayShape& shape, Products products, SteppingClock& clock);
    SC_HAS_PROCESS(Sequencer);
    /// Cycles of the array until the last result was out.
    [[nodiscard]] std::uint64_t cycles() const { return cycles_; }
    /// By product: the cycle in which the first of its folds begins.
    [[nodiscard]] const std::vector<std::uint64_t>& begins() const { return begins_; }
    /// Counts folds that have begun, for waveforms.
    [[nodiscard]] const unsigned& fold() const { return fold_; }
    /// By product: computed in full.
    std::function<void(const Product&)> finished;

private:
    struct Active {
        Fold fold;
        std::uint64_t load = 0, stream = 0;  ///< the cycles in which they begin
        std::uint64_t begin = 0;             ///< the cycle from which on the array is its own
        std::uint64_t left_out = 0;          ///< results still to come
    };
    void step();
    void work();
    void collect();
    void take(std::size_t column, const Word& word);
    void retire();
    void fetch();
    void append(Fold fold);
    void feed_left(const Active& active, std::span<Word> lanes) const;
    void feed_top(const Active& active, std::span<Word> lanes) const;
    [[nodiscard]] Active after(const Active& before, Fold fold) const;
    [[nodiscard]] std::int32_t stationary(const Fold& fold, std::size_t row, std::size_t col) const;
    [[nodiscard]] std::int32_t streamed(const Fold& fold, std::size_t item, std::size_t lane) const;
    [[nodiscard]] bool outputs_stay() const { return shape_.dataflow == hw_space::ArrayDataflow::output_stationary; }

    const ArrayShape shape_;
    Products products_;
    SteppingClock& clock_;
    std::deque<Fold> waiting_;
    std::deque<Active> active_;  ///< from the first whose results are not all there
    std::uint64_t retired_ = 0;  ///< folds that have left active_
    struct Place {
        std::uint64_t fold = 0, item = 0;
    };
    std::vector<Place> next_result_;  ///< by column
    std::size_t jobs_ = 0;
    bool exhausted_ = false, ended_ = false;
    std::uint64_t cycle_ = 0;  ///< of the array that is driven now
    std::uint64_t cycles_ = 0;
    unsigned fold_ = 0;
    std::vector<std::uint64_t> begins_;
};

}  // namespace dyad::sim
