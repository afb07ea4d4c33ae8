// SPDX-License-Identifier: Apache-2.0
#include "models/row_stationary.hpp"

#include <algorithm>
#include <tuple>

namespace dyad::models {

namespace {

using core::ceil_div;

/// How many rows of the filter one element holds: all channels share the inputs, all filters the partial sums.
bool interleave(RowStationaryFold& fold, const RowStationaryWork& w, const hw_space::Registers& registers) {
    const auto room = [](std::uint64_t words, std::uint64_t each) { return words == 0 ? each : words / each; };
    const auto channels = std::min(ceil_div(w.channels, fold.channel_sets), room(registers.inputs, w.filter_cols));
    if (channels == 0) return false;
    const auto held =
        std::min(room(registers.weights, channels * w.filter_cols), registers.psums == 0 ? 1 : registers.psums);
    fold.channels_each = channels;
    fold.filters_each = std::min(ceil_div(w.filters, fold.filter_sets), held);
    return fold.filters_each > 0;
}

void cost(RowStationaryFold& fold, const RowStationaryWork& w, std::uint64_t rows) {
    const auto strips = ceil_div(w.output_rows, fold.strip) * w.images * fold.filter_folds;
    const auto filters = ceil_div(w.filters, fold.filter_sets), channels = ceil_div(w.channels, fold.channel_sets);
    const auto row = w.filter_cols * w.output_cols;  // one row of outputs: a multiplication a cycle
    fold.active_pes = std::min(w.filter_rows, rows) * fold.strip * fold.filter_sets * fold.channel_sets;
    fold.passes = strips * ceil_div(filters, fold.filters_each) * ceil_div(channels, fold.channels_each);
    fold.cycles_per_pass = fold.filters_each * fold.channels_each * row;
    fold.cycles = strips * filters * channels * row;
}

/// Adds every split of the array's room for sets of one strip into filters and channels.
void add_strip(std::vector<RowStationaryFold>& folds, std::uint64_t strip, const RowStationaryWork& w,
               std::uint64_t rows, std::uint64_t cols, const hw_space::Registers& registers) {
    RowStationaryFold fold{
        .strip = strip, .pieces = ceil_div(strip, cols), .filter_folds = ceil_div(w.filter_rows, rows)};
    const auto height = std::min(w.filter_rows, rows) * fold.pieces;
    const auto sets = rows / height * (cols / std::min(strip, cols));
    for (std::uint64_t filters = 1; filters <= std::min(sets, w.filters); ++filters) {
        fold.filter_sets = filters;
        fold.channel_sets = std::min(sets / filters, w.channels);
        if (!interleave(fold, w, registers)) continue;
        cost(fold, w, rows);
        folds.push_back(fold);
    }
}

}  // namespace

RowStationaryWork row_stationary_work(const LoopNest& nest) {
    const auto size = [&](const char* name) {
        const auto dim = nest.dim(name);
        return dim ? nest.dims[*dim].size : 1;
    };
    return {size("N"), size("K"), size("C"), size("P"), size("Q"), size("R"), size("S")};
}

std::vector<RowStationaryFold> row_stationary_folds(const RowStationaryWork& work, std::uint64_t rows,
                                                    std::uint64_t cols, const hw_space::Registers& registers) {
    std::vector<RowStationaryFold> folds;
    const auto stacked = rows / std::min(work.filter_rows, rows);
    // A set narrower than the array stays whole: its diagonals share inputs, which more and narrower sets would not.
    for (auto strip = std::min(work.output_rows, cols); strip <= std::min(work.output_rows, stacked * cols); ++strip)
        add_strip(folds, strip, work, rows, cols, registers);
    std::ranges::stable_sort(folds, [](const auto& a, const auto& b) {
        return std::tuple(a.cycles, b.strip, b.filter_sets) < std::tuple(b.cycles, a.strip, a.filter_sets);
    });
    return folds;
}

}  // namespace dyad::models
