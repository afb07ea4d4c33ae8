// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "models/mapper/problem.hpp"

namespace dyad::models::mapper {

/// One group of a convolution on a row-stationary array.
struct PassShape {
    std::uint64_t groups = 1, images = 1, filters = 1, channels = 1, rows = 1, cols = 1;  ///< rows, cols of outputs
    std::uint64_t filter_rows = 1, filter_cols = 1, row_step = 1, col_step = 1;
    [[nodiscard]] std::uint64_t input_rows(std::uint64_t strip) const { return (strip - 1) * row_step + filter_rows; }
    [[nodiscard]] std::uint64_t input_cols() const { return (cols - 1) * col_step + filter_cols; }
};
/// Nothing when the nest is not that of a convolution.
[[nodiscard]] std::optional<PassShape> pass_shape(const LoopNest& nest);

/// The shape of a kernel that an array runs pass by pass; nothing where it does not: it takes one single buffer that
/// keeps inputs and outputs, which weights pass by.
[[nodiscard]] std::optional<PassShape> shape_in_passes(const Problem& problem);

/// What the passes of a strip of `rows` outputs and of `filters` filters take, over all channels.
struct PassCost {
    /// Weights, and then sums in both directions, cross ways as wide as an access to the buffer; the sums beside
    /// computing.
    double cycles = 0;
    std::uint64_t sum_words = 0, input_words = 0, weight_words = 0;  ///< held; loaded; streamed
    std::uint64_t channel_groups = 1, filter_groups = 1;
};
[[nodiscard]] PassCost pass_cost(const Problem& problem, const PassShape& shape, const PassMapping& mapping,
                                 std::uint64_t rows, std::uint64_t filters);

/// The best mapping for the problem's objective, and of how many: sums and inputs of a step lie in whole banks of the
/// buffer.
struct FoundPasses {
    PassMapping mapping;
    std::uint64_t evaluated = 0;
};
[[nodiscard]] std::optional<FoundPasses> best_pass_mapping(const Problem& problem, const PassShape& shape);

/// Pieces of a filter with more rows than the array.
[[nodiscard]] std::uint64_t folds_of(const Problem& problem, const PassShape& shape);

/// The first letter of a mapping, in the order e, t, r, q, p, n, m, that the array or the buffer has no room for, and
/// why; nothing when it can be run. The folds follow from the filter.
struct PassFault {
    char letter;
    std::string why;
};
[[nodiscard]] std::optional<PassFault> pass_fault(const Problem& problem, const PassShape& shape,
                                                  const PassMapping& mapping);

/// The plan of a mapping that can be run.
[[nodiscard]] std::shared_ptr<const KernelPlan> plan_passes(const Problem& problem, const PassShape& shape,
                                                            const PassMapping& mapping);

/// Parts into which rows or filters fall: so many full ones, and a rest (0 = none).
struct Parts {
    std::uint64_t full = 0, rest = 0;
};
[[nodiscard]] constexpr Parts parts(std::uint64_t all, std::uint64_t each) { return {all / each, all % each}; }

}  // namespace dyad::models::mapper
