// SPDX-License-Identifier: Apache-2.0
// The second half of operators.hpp (sequences, tables, point sets) and the variant over all of them.
#pragma once
#include "arch_space/operators.hpp"
#include "arch_space/operators_pointwise.hpp"

namespace dyad::arch_space {

/// Multi-head attention proper, on queries {T, heads*d}, keys {S, kv_heads*d} and values {S, kv_heads*e}: products and
/// softmax without the projections (the block `attention` adds those). Multiplications are counted for the rectangle of
/// T queries x keys(S) that is computed: dense attention counts the full square, causal or not (the masked half is
/// computed and thrown away); `window` lets each query see that many neighbouring keys (sliding window; Beltagy et al.
/// 2020), `stride` every stride-th key (the strided head of Child et al. 2019); both together see the union.
struct Attention {
    std::uint64_t heads = 1, kv_heads = 1;
    bool causal = false;
    std::uint64_t window = 0, stride = 0;  ///< 0 = all keys
    std::uint64_t cache = 0;               ///< tokens whose keys and values are kept from earlier steps
    /// Keys that one query is multiplied with.
    [[nodiscard]] std::uint64_t keys(const Shapes& in) const;
    /// Share of the scores that a causal mask keeps: query t of T sees the S - T keys before the first and t of the T.
    /// 1 without a mask, and where window or stride leave out most of it already.
    [[nodiscard]] double needed(const Shapes& in) const;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t macs(const Shapes& in) const;
    /// The softmax between the products: scaling, mask, softmax.
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Rows of a table by token number: {T} to {T, width}. Reads only the rows it looks up.
struct Embedding {
    std::uint64_t entries = 0, width = 0;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] std::uint64_t weights_read(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Puts `count` learned tokens before a sequence.
struct Token {
    std::uint64_t count = 1;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Adds a learned vector per position; the table has `entries` rows (0 = as many as tokens) and reads one per token.
struct Position {
    std::uint64_t entries = 0;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] std::uint64_t parameters(const Shapes& in) const;
    [[nodiscard]] std::uint64_t weights_read(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Picks entries along axis 0: those of `indices`, or those a second input {M} names.
struct Gather {
    std::vector<std::uint64_t> indices;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// The `count` largest of each row of the last axis, in order, and where they were: two outputs {..., count}. With a
/// count of 1 the second is the place of the maximum.
struct TopK {
    std::uint64_t count = 1;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Coordinates {3, N, 1} to those of `points` points that are far apart, {3, points, 1} (Qi et al. 2017, PointNet++).
struct FarthestPointSampling {
    std::uint64_t points = 0;
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Neighbours of each centroid: coordinates {3, N, 1}, centroids {3, M, 1} and, if there are any, features {F, N, 1} to
/// groups {3 + F, M, samples} whose coordinates are relative to their centroid.
struct Grouping {
    enum class Kind { ball, nearest };
    Kind kind = Kind::ball;
    std::uint64_t samples = 0;
    double radius = 0;  ///< of a ball
    [[nodiscard]] Shapes infer(const Shapes& in) const;
    [[nodiscard]] models::VectorWork work(const Shapes& in, const Shapes& out) const;
};

/// Zeros of its input's shape, as the absent edge of a cell gives them; a constant once it is read. What it makes idle
/// has gone from the network (drop_zeros.hpp).
struct Zero {
    [[nodiscard]] Shapes infer(const Shapes& in) const;
};

using Operator = std::variant<Input, Conv, Linear, MatMul, Pool, Normalisation, Activation, Elementwise, Softmax, Table,
                              Concat, Split, Reshape, Transpose, Resize, Attention, Embedding, Token, Position, Gather,
                              TopK, FarthestPointSampling, Grouping, Zero>;

/// The operator's name in network files and in reports ("depthwise_conv" for a convolution with a group per channel).
[[nodiscard]] std::string_view name(const Operator& op, const Shapes& in);
/// `op` with everything filled in that follows from its inputs (groups and channels of a depthwise convolution).
[[nodiscard]] Operator resolve(Operator op, const Shapes& in);
/// Output shapes. Throws BadShape when the inputs do not fit.
[[nodiscard]] Shapes infer(const Operator& op, const Shapes& in);
/// Learned values (normalisation's scale and shift too).
[[nodiscard]] std::uint64_t parameters(const Operator& op, const Shapes& in);
/// Learned values that one run reads: fewer than parameters() for tables of which only some rows are looked up.
[[nodiscard]] std::uint64_t weights_read(const Operator& op, const Shapes& in);
/// Multiply-accumulates of convolutions, linear layers, matrix and attention products, per sample. Normalisation,
/// activation and everything element by element is vector work instead.
[[nodiscard]] std::uint64_t macs(const Operator& op, const Shapes& in);
/// Vector work per sample; of Attention, its softmax.
[[nodiscard]] models::VectorWork work(const Operator& op, const Shapes& in, const Shapes& out);

}  // namespace dyad::arch_space
