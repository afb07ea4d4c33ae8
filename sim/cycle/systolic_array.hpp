// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <systemc>
#include <vector>

#include "sim/cycle/lanes.hpp"

namespace dyad::sim {

/// The words of one stream on their way through one row: since when, and until when if the last has come.
struct Passing {
    std::uint64_t first = 0, last = 0;
    bool open = true;
};

/// A grid of rows x cols elements with registers that change together at each rising edge. Words that enter a row at
/// its left move one column to the right each cycle. Only elements that hold words of a stream are computed.
class SystolicArray : public sc_core::sc_module {
public:
    sc_core::sc_in<bool> clk{"clk"};
    sc_core::sc_port<LanesOut> left{"left"}, top{"top"};  ///< rows and cols words a cycle in
    sc_core::sc_port<LanesIn> out{"out"};                 ///< cols words a cycle out
    SystolicArray(const sc_core::sc_module_name& name, std::size_t rows, std::size_t cols);
    SC_HAS_PROCESS(SystolicArray);
    /// Elements computed so far, over all cycles.
    [[nodiscard]] std::uint64_t element_cycles() const { return element_cycles_; }

protected:
    /// The columns of a row that hold words of streams.
    struct Window {
        std::size_t begin = 0, end = 0;
    };
    /// What the words from the top change before, and after, the elements are computed.
    virtual void take_before(std::span<const Word>) {}
    virtual void take_after(std::span<const Word>) {}
    /// Computes the elements of `row` within `window`, whose words from the left are in place.
    virtual void compute(std::size_t row, Window window, std::span<Word> results) = 0;
    /// Calls `visit(column)` for each element of `row` that the first word of a stream reaches now.
    template <class Visit>
    void at_first(std::size_t row, const Visit& visit) const {
        for (const auto& stream : passing_[row])
            if (cycle_ - stream.first < cols_) visit(static_cast<std::size_t>(cycle_ - stream.first));
    }
    template <class Visit>
    void at_last(std::size_t row, const Visit& visit) const {
        for (const auto& stream : passing_[row])
            if (!stream.open && cycle_ - stream.last < cols_) visit(static_cast<std::size_t>(cycle_ - stream.last));
    }
    /// Calls `visit(column)` for each element of `row` that holds a word of a stream.
    template <class Visit>
    void at_words(std::size_t row, const Visit& visit) const {
        for (const auto& stream : passing_[row]) {
            const auto from = stream.open ? 0 : cycle_ - stream.last;
            for (auto c = from; c <= cycle_ - stream.first && c < cols_; ++c) visit(static_cast<std::size_t>(c));
        }
    }

    const std::size_t rows_, cols_;
    std::vector<std::uint32_t> moving_;  ///< rows x cols: the word from the left in each element

private:
    void step();
    [[nodiscard]] Window take_left(std::size_t row, const Word& word);

    std::uint64_t cycle_ = 0, element_cycles_ = 0;
    std::vector<std::vector<Passing>> passing_;  ///< by row
};

/// The stationary operand stays in the elements, sums move down. The word that a column's top lane carries goes to the
/// second register of the element in its row; the first word of a stream makes that register the one in use, element by
/// element as it passes, so that the operand of the next fold comes in while this one is worked on.
class StationaryArray final : public SystolicArray {
public:
    StationaryArray(const sc_core::sc_module_name& name, std::size_t rows, std::size_t cols);

private:
    void take_after(std::span<const Word> words) override;
    void compute(std::size_t row, Window window, std::span<Word> results) override;

    std::vector<std::uint32_t> kept_, coming_, sums_;  ///< rows x cols each
    const std::vector<std::uint32_t> zeros_;
};

/// Sums stay in the elements; words from the top move down. The last word of a stream puts the sum on the result wire
/// of its column.
class OutputStationaryArray final : public SystolicArray {
public:
    OutputStationaryArray(const sc_core::sc_module_name& name, std::size_t rows, std::size_t cols);

private:
    void take_before(std::span<const Word> words) override;
    void compute(std::size_t row, Window window, std::span<Word> results) override;

    std::vector<std::uint32_t> falling_, sums_;  ///< rows x cols each; `falling_` turns instead of being moved
    std::size_t top_row_ = 0;                    ///< of `falling_`
};

}  // namespace dyad::sim
