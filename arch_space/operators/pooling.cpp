// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <numeric>

#include "arch_space/operators.hpp"
#include "arch_space/operators/vector_work.hpp"

namespace dyad::arch_space {
namespace {

using hw_space::VectorOp;

std::uint64_t slide(std::uint64_t size, std::uint64_t kernel, std::uint64_t stride, std::uint64_t before,
                    std::uint64_t after, bool ceil) {
    const auto padded = size + before + after;
    if (padded < kernel)
        throw BadShape(fmt::format("the window ({}) is larger than the padded input ({})", kernel, padded));
    const auto steps = (padded - kernel + (ceil ? stride - 1 : 0)) / stride + 1;
    // A window that would start beyond the input and its first padding is left out (PyTorch's rule).
    return ceil && (steps - 1) * stride >= size + before ? steps - 1 : steps;
}

/// Sum of the window sizes of adaptive pooling along one axis. Windows are [floor(i n / m), ceil((i+1) n / m)), so two
/// neighbours share one element unless their border i n / m is whole, which it is gcd(n, m) - 1 times.
std::uint64_t adaptive_windows(std::uint64_t n, std::uint64_t m) { return n + m - std::gcd(n, m); }

Shape global_shape(const Shape& in) {
    if (in.size() == 2) return {in[1]};
    expect_rank(in, 3, "global pooling");
    return {in[0], 1, 1};
}

/// Input elements that all windows see together.
std::uint64_t window_elements(const Pool& pool, const Shape& in, const Shape& out) {
    if (pool.global) return elements(in);
    if (pool.output.h == 0) return product(elements(out), pool.kernel.h, pool.kernel.w);
    return product(in[0], adaptive_windows(in[1], out[1]), adaptive_windows(in[2], out[2]));
}

}  // namespace

Shapes Pool::infer(const Shapes& in) const {
    expect_inputs(in, 1, "pool");
    if (global) return {global_shape(in[0])};
    expect_rank(in[0], 3, "pool");
    if (output.h != 0) return {{in[0][0], output.h, output.w}};
    if (pad.same) return {{in[0][0], core::ceil_div(in[0][1], stride.h), core::ceil_div(in[0][2], stride.w)}};
    return {{in[0][0], slide(in[0][1], kernel.h, stride.h, pad.top, pad.bottom, ceil),
             slide(in[0][2], kernel.w, stride.w, pad.left, pad.right, ceil)}};
}

// Maximum: one comparison for each element of each window. Average: one addition each, one multiplication per output.
models::VectorWork Pool::work(const Shapes& in, const Shapes& out) const {
    const auto windows = window_elements(*this, in.at(0), out.at(0));
    if (kind == Kind::max) return charged({{VectorOp::max, 1}}, windows);
    auto work = charged({{VectorOp::add, 1}}, windows);
    charge(work, {{VectorOp::mul, 1}}, elements(out[0]));
    return work;
}

}  // namespace dyad::arch_space
