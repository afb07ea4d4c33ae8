// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/precision.hpp"
#include "core/quantity.hpp"
#include "hw_space/accelerator.hpp"

namespace dyad::models {

/// The three operands of a loop nest, in this order everywhere.
enum class Operand : std::uint8_t { weights, inputs, outputs };
inline constexpr std::array operands{Operand::weights, Operand::inputs, Operand::outputs};
[[nodiscard]] constexpr const char* name(Operand o) {
    return o == Operand::weights ? "weights" : o == Operand::inputs ? "inputs" : "outputs";
}

struct Dimension {
    std::string
        name;  ///< N G K C P Q R S for shipped operators (cost_model.md section 1), any name for imported problems
    std::uint64_t size = 1;
};
/// coefficient * index of dimension `dim`.
struct Term {
    std::size_t dim;
    std::uint64_t coefficient;
};
/// One axis of a tensor: the sum of its terms.
using Axis = std::vector<Term>;

/// A multiply-accumulate nest: named dimensions, and each operand as an affine projection of them.
struct LoopNest {
    std::vector<Dimension> dims;
    std::array<std::vector<Axis>, 3> projections;  ///< by Operand
    [[nodiscard]] std::uint64_t macs() const;
    /// Elements of an operand (the box that the whole nest projects to).
    [[nodiscard]] core::Words words(Operand operand) const;
    /// Index of a dimension by name; nothing when it has none.
    [[nodiscard]] std::optional<std::size_t> dim(const std::string& name) const;
};

/// Shape of a convolution, for conv_nest(). Matrix product M x N x K: N=M, K=N, C=K with P=Q=R=S=1.
struct ConvShape {
    std::uint64_t n = 1, g = 1, k = 1, c = 1;  ///< k and c are per group
    std::uint64_t p = 1, q = 1, r = 1, s = 1;
    std::uint64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
};
/// The nest of a convolution with dimensions N G K C P Q R S (cost_model.md section 1). Depthwise: g = channels, k = c
/// = 1.
[[nodiscard]] LoopNest conv_nest(const ConvShape& shape);
/// The nest of `batch` independent products (M x K)(K x N) whose right operand is shared (batch in N) or not (batch in
/// G).
[[nodiscard]] LoopNest matmul_nest(std::uint64_t groups, std::uint64_t m, std::uint64_t n, std::uint64_t k);

/// Work of a kernel that is not a multiply-accumulate nest, or that rides on one (fused epilogue).
struct VectorWork {
    std::array<std::uint64_t, hw_space::vector_op_count> operations{};  ///< totals by hw_space::VectorOp
    std::uint64_t passes = 1;  ///< passes over the data (softmax 3, layer normalisation 2, ...)
    [[nodiscard]] std::uint64_t total() const;
    friend bool operator==(const VectorWork&, const VectorWork&) = default;
};

/// How the outputs of a vector kernel that slides over images (pooling) read its inputs.
struct Window {
    std::uint64_t rows = 1, cols = 1;  ///< outputs of one image
    std::uint64_t side_h = 1, side_w = 1, stride_h = 1, stride_w = 1;
};

/// One kernel of a lowered network: what one engine runs in one go. Sizes are for the whole batch.
struct Kernel {
    std::string name;                  ///< of its main layer
    std::string op;                    ///< operator name of the network file
    std::vector<std::string> members;  ///< layers fused into it, main layer first
    std::optional<LoopNest> nest;      ///< absent for vector kernels
    VectorWork vector;                 ///< of a vector kernel; zero operations for a plain nest
    VectorWork epilogue;               ///< of fused members, applied to the outputs
    /// Elements of all inputs (a residual apart) and of all outputs of a vector kernel; Dataflow sets them from its
    /// tensors.
    core::Words vector_inputs, vector_outputs;
    core::Precision weight_precision = core::Precision::int8;
    core::Precision input_precision = core::Precision::int8;
    core::Precision output_precision = core::Precision::int8;
    std::uint64_t parameters = 0;  ///< learned values, of all members (normalisation too, even when folded)
    core::Bytes weight_bytes;      ///< stored parameters that the kernel reads (folded normalisation takes none)
    std::uint64_t kernel_side = 1, stride = 1;  ///< for engines that accept only some
    bool depthwise = false;
    std::optional<Window> window{};          ///< of pooling that is neither global nor adaptive
    std::array<double, 3> density{1, 1, 1};  ///< fraction of non-zeros, by Operand
    double needed = 1;  ///< share of the work whose results are used: a causal mask throws the rest away
    /// Of a depth-first chain, which is one kernel without a nest: the kernels that run tile by tile, in order. Its own
    /// fields are the sums over them.
    std::vector<Kernel> chain;
    core::Bytes held;  ///< of a chain: what is alive at a time of the activations between its kernels
    [[nodiscard]] std::uint64_t macs() const;
};

}  // namespace dyad::models
