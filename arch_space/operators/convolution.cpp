// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "arch_space/operators.hpp"

namespace dyad::arch_space {
namespace {

/// One axis of an image and of the window that slides over it.
struct Axis {
    std::uint64_t size, kernel, stride, dilation, before, after;
    bool same;
};

Axis rows(const Conv& c, const Shape& in) {
    return {in[1], c.kernel.h, c.stride.h, c.dilation.h, c.pad.top, c.pad.bottom, c.pad.same};
}
Axis cols(const Conv& c, const Shape& in) {
    return {in[2], c.kernel.w, c.stride.w, c.dilation.w, c.pad.left, c.pad.right, c.pad.same};
}

/// Positions of the window along an axis (Dumoulin & Visin 2016, relationship 15).
std::uint64_t slide(const Axis& a) {
    if (a.same) return (a.size + a.stride - 1) / a.stride;
    const auto window = a.dilation * (a.kernel - 1) + 1;
    const auto padded = a.size + a.before + a.after;
    if (padded < window)
        throw BadShape(fmt::format("the window ({}) is larger than the padded input ({})", window, padded));
    return (padded - window) / a.stride + 1;
}

/// Size of the transposed convolution's output (PyTorch's ConvTranspose2d); `same` gives size x stride.
std::uint64_t spread(const Axis& a, std::uint64_t extra) {
    if (a.same) return checked(a.size, a.stride, max_dimension);
    const auto full = (a.size - 1) * a.stride + a.dilation * (a.kernel - 1) + 1 + extra;
    if (full <= a.before + a.after) throw BadShape(fmt::format("padding leaves nothing of {} rows or columns", full));
    return full - a.before - a.after;
}

}  // namespace

Shapes Conv::infer(const Shapes& in) const {
    expect_inputs(in, 1, "a convolution");
    expect_rank(in[0], 3, "a convolution");
    if (in[0][0] % groups != 0 || out % groups != 0)
        throw BadShape(fmt::format("{} groups do not divide {} input and {} output channels", groups, in[0][0], out));
    const auto y = rows(*this, in[0]), x = cols(*this, in[0]);
    if (transposed) return {{out, spread(y, output_padding.h), spread(x, output_padding.w)}};
    return {{out, slide(y), slide(x)}};
}

std::uint64_t Conv::parameters(const Shapes& in) const {
    return product(in.at(0).at(0) / groups, out, kernel.h, kernel.w) + (bias ? out : 0);
}

// A transposed convolution multiplies every input pixel with the whole window; what padding cuts off is counted too, as
// profilers do.
std::uint64_t Conv::macs(const Shapes& in) const {
    const auto pixels = transposed ? in.at(0) : infer(in)[0];
    return product(in[0][0] / groups, out, kernel.h, kernel.w, pixels[1], pixels[2]);
}

Shapes Linear::infer(const Shapes& in) const {
    expect_inputs(in, 1, "linear");
    if (in[0].size() == 3)
        throw BadShape("linear expects a vector {width} or a sequence {tokens, width}, found the image " +
                       to_text(in[0]) + " (flatten it first)");
    auto shape = in[0];
    shape.back() = out;
    return {shape};
}

std::uint64_t Linear::parameters(const Shapes& in) const { return checked(in.at(0).back(), out) + (bias ? out : 0); }

std::uint64_t Linear::macs(const Shapes& in) const { return checked(elements(in.at(0)), out); }

Shapes MatMul::infer(const Shapes& in) const {
    expect_inputs(in, 2, "matmul");
    auto left = in[0], right = in[1];
    if (left.size() != right.size() || left.size() < 2 || left.size() > 3)
        throw BadShape(
            fmt::format("matmul expects two matrices of one rank, found {} and {}", to_text(left), to_text(right)));
    const auto last = left.size() - 1;
    if (transpose_left) std::swap(left[last], left[last - 1]);
    if (transpose_right) std::swap(right[last], right[last - 1]);
    if (left[last] != right[last - 1] || (last == 2 && left[0] != right[0]))
        throw BadShape(fmt::format("matmul cannot multiply {} with {}", to_text(left), to_text(right)));
    left[last] = right[last];
    return {left};
}

std::uint64_t MatMul::macs(const Shapes& in) const {
    const auto& left = in.at(0);
    const auto inner = transpose_left ? left[left.size() - 2] : left.back();
    return checked(elements(infer(in)[0]), inner);
}

}  // namespace dyad::arch_space
