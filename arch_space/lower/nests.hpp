// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/network.hpp"

namespace dyad::arch_space {

// Loop nests of the operators that multiply, for a whole batch. Their multiply-accumulates equal macs() times the
// batch.

[[nodiscard]] models::LoopNest nest_of(const Conv& conv, const Shapes& in, const Shapes& out, std::uint64_t batch);
[[nodiscard]] models::LoopNest nest_of(const Linear& linear, const Shapes& in, std::uint64_t batch);
[[nodiscard]] models::LoopNest nest_of(const MatMul& matmul, const Shapes& in, const Shapes& out, std::uint64_t batch);

/// Queries times keys, and probabilities times values.
struct AttentionNests {
    models::LoopNest scores, context;
};
[[nodiscard]] AttentionNests nests_of(const Attention& attention, const Shapes& in, std::uint64_t batch);

/// Additions that overlapping windows of a transposed convolution need on top of its nest, for the whole batch.
[[nodiscard]] std::uint64_t overlap_additions(const Conv& conv, const Shapes& in, const Shapes& out,
                                              std::uint64_t batch);

}  // namespace dyad::arch_space
