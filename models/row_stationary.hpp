// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "hw_space/accelerator.hpp"
#include "models/kernel.hpp"

namespace dyad::models {

/// One group of a convolution as a row-stationary array sees it.
struct RowStationaryWork {
    std::uint64_t images = 1, filters = 1, channels = 1;
    std::uint64_t output_rows = 1, output_cols = 1, filter_rows = 1, filter_cols = 1;
};
/// One group of a nest of dimensions N G K C P Q R S.
[[nodiscard]] RowStationaryWork row_stationary_work(const LoopNest& nest);

/// One way to fold the logical array of a layer onto the physical one. A logical set has a row of elements for each
/// filter row and a column for each output row of a strip; inputs run along its diagonals and partial sums up its
/// columns. A set wider than the array is cut into pieces that lie above one another; the room left is filled with more
/// sets, for other filters or for other channels (Chen, Emer, Sze, ISCA 2016, section V; Chen et al., JSSC 2017,
/// section III).
struct RowStationaryFold {
    std::uint64_t strip = 1;                            ///< output rows of one pass
    std::uint64_t pieces = 1;                           ///< of a set, stacked
    std::uint64_t filter_folds = 1;                     ///< more than 1 when a filter has more rows than the array
    std::uint64_t filter_sets = 1, channel_sets = 1;    ///< side by side
    std::uint64_t filters_each = 1, channels_each = 1;  ///< interleaved in one element, as its registers hold them
    std::uint64_t active_pes = 0;                       ///< of a full pass
    std::uint64_t passes = 0;
    std::uint64_t cycles_per_pass = 0;  ///< of a full pass, without loading
    std::uint64_t cycles = 0;           ///< of all passes; short ones take less
};

/// How passes make up a layer, in the letters of Chen et al., JSSC 2017, table I: the buffer holds the sums of m
/// filters for n images and a strip of e rows of outputs; a pass computes p filters x q channels in each element, and t
/// x r sets of elements side by side take t times the filters and r times the channels.
struct PassMapping {
    std::uint64_t m = 1, n = 1, e = 1, p = 1, q = 1, r = 1, t = 1;
    std::uint64_t folds = 1;  ///< of a filter with more rows than the array
};

/// All folds that fit the array and its registers, the best first: fewest cycles, then the longest strip (least input
/// read twice), then most filters side by side (one input serves them all). Empty when the registers hold not even one
/// row of the filter.
[[nodiscard]] std::vector<RowStationaryFold> row_stationary_folds(const RowStationaryWork& work, std::uint64_t rows,
                                                                  std::uint64_t cols,
                                                                  const hw_space::Registers& registers);

}  // namespace dyad::models
