// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/systolic_array.hpp"

#include <stdexcept>

namespace dyad::sim {

SystolicArray::SystolicArray(const sc_core::sc_module_name& name, std::size_t rows, std::size_t cols)
    : sc_module(name), rows_(rows), cols_(cols), moving_(rows * cols), passing_(rows) {
    SC_METHOD(step);
    sensitive << clk.pos();
    dont_initialize();
}

void SystolicArray::step() {
    const auto words = left->read();
    const auto results = out->drive();
    take_before(top->read());
    // From the bottom up: each row still finds above it what the row there held before this edge.
    for (auto r = rows_; r-- > 0;) {
        const auto window = take_left(r, words[r]);
        if (window.begin == window.end) continue;
        compute(r, window, results);
        element_cycles_ += window.end - window.begin;
    }
    take_after(top->read());
    ++cycle_;
}

SystolicArray::Window SystolicArray::take_left(std::size_t row, const Word& word) {
    auto& streams = passing_[row];
    if (word.valid) {
        if (word.first) streams.push_back({.first = cycle_});
        if (word.last) {
            streams.back().last = cycle_;
            streams.back().open = false;
        }
    }
    if (streams.empty()) return {};
    std::erase_if(streams, [this](const Passing& s) { return !s.open && cycle_ - s.last >= cols_; });
    if (streams.empty()) return {};
    const auto begin = streams.back().open ? 0 : static_cast<std::size_t>(cycle_ - streams.back().last);
    const auto reached = static_cast<std::size_t>(cycle_ - streams.front().first) + 1;
    const Window window{begin, std::min(reached, cols_)};
    auto* at = moving_.data() + row * cols_;
    std::copy_backward(at + (begin > 0 ? begin - 1 : 0), at + window.end - 1, at + window.end);
    if (begin == 0) at[0] = static_cast<std::uint32_t>(word.value);
    return window;
}

StationaryArray::StationaryArray(const sc_core::sc_module_name& name, std::size_t rows, std::size_t cols)
    : SystolicArray(name, rows, cols), kept_(rows * cols), coming_(rows * cols), sums_(rows * cols), zeros_(cols) {}

void StationaryArray::take_after(std::span<const Word> words) {
    for (std::size_t c = 0; c < cols_; ++c)
        if (words[c].valid) coming_[words[c].row * cols_ + c] = static_cast<std::uint32_t>(words[c].value);
}

void StationaryArray::compute(std::size_t row, Window window, std::span<Word> results) {
    const auto base = row * cols_;
    at_first(row, [&](std::size_t c) { kept_[base + c] = coming_[base + c]; });
    const auto* above = row == 0 ? zeros_.data() : sums_.data() + base - cols_;
    auto* sums = sums_.data() + base;
    const auto *kept = kept_.data() + base, *moving = moving_.data() + base;
    for (auto c = window.begin; c < window.end; ++c) sums[c] = above[c] + kept[c] * moving[c];
    if (row + 1 == rows_)
        at_words(row,
                 [&](std::size_t c) { results[c] = {.value = static_cast<std::int32_t>(sums[c]), .valid = true}; });
}

OutputStationaryArray::OutputStationaryArray(const sc_core::sc_module_name& name, std::size_t rows, std::size_t cols)
    : SystolicArray(name, rows, cols), falling_(rows * cols), sums_(rows * cols) {}

void OutputStationaryArray::take_before(std::span<const Word> words) {
    top_row_ = (top_row_ + rows_ - 1) % rows_;
    for (std::size_t c = 0; c < cols_; ++c) falling_[top_row_ * cols_ + c] = static_cast<std::uint32_t>(words[c].value);
}

void OutputStationaryArray::compute(std::size_t row, Window window, std::span<Word> results) {
    const auto base = row * cols_;
    at_first(row, [&](std::size_t c) { sums_[base + c] = 0; });
    auto* sums = sums_.data() + base;
    const auto* falling = falling_.data() + (top_row_ + row) % rows_ * cols_;
    const auto* moving = moving_.data() + base;
    for (auto c = window.begin; c < window.end; ++c) sums[c] += falling[c] * moving[c];
    at_last(row, [&](std::size_t c) {
        results[c] = {
            .value = static_cast<std::int32_t>(sums[c]), .row = static_cast<std::uint32_t>(row), .valid = true};
    });
}

}  // namespace dyad::sim
