// SPDX-License-Identifier: Apache-2.0
#include "arch_space/lower/nests.hpp"

#include <algorithm>

namespace dyad::arch_space {
namespace {

using models::LoopNest;

/// Whether the output of a transposed convolution falls apart into stride x stride phases, each an ordinary convolution
/// of the input's size with a window of kernel / stride (sub-pixel convolution, Shi et al. 2016).
bool has_phases(const Conv& conv, const Shape& in, const Shape& out) {
    return conv.dilation == Pair{} && conv.kernel.h % conv.stride.h == 0 && conv.kernel.w % conv.stride.w == 0 &&
           out[1] == in[1] * conv.stride.h && out[2] == in[2] * conv.stride.w;
}

/// The phases as output channels; else every input pixel times the whole window, added up afterwards (as col2im does).
LoopNest transposed_nest(const Conv& conv, const Shape& in, const Shape& out, std::uint64_t batch) {
    models::ConvShape shape{
        .n = batch, .g = conv.groups, .k = out[0] / conv.groups, .c = in[0] / conv.groups, .p = in[1], .q = in[2]};
    if (has_phases(conv, in, out)) {
        shape.k *= conv.stride.h * conv.stride.w;
        shape.r = conv.kernel.h / conv.stride.h;
        shape.s = conv.kernel.w / conv.stride.w;
    } else {
        shape.k *= conv.kernel.h * conv.kernel.w;
    }
    return models::conv_nest(shape);
}

/// Queries that share what they fetch: the whole sequence when all look at the same keys, else the largest divisor of
/// it that is not above the keys of one query.
std::uint64_t chunk(const Attention& attention, std::uint64_t queries, std::uint64_t keys) {
    if (attention.window == 0 && attention.stride == 0) return queries;
    auto size = std::min(queries, keys);
    while (queries % size != 0) --size;
    return size;
}

}  // namespace

LoopNest nest_of(const Conv& conv, const Shapes& in, const Shapes& out, std::uint64_t batch) {
    if (conv.transposed) return transposed_nest(conv, in[0], out[0], batch);
    return models::conv_nest({.n = batch,
                              .g = conv.groups,
                              .k = out[0][0] / conv.groups,
                              .c = in[0][0] / conv.groups,
                              .p = out[0][1],
                              .q = out[0][2],
                              .r = conv.kernel.h,
                              .s = conv.kernel.w,
                              .stride_h = conv.stride.h,
                              .stride_w = conv.stride.w,
                              .dilation_h = conv.dilation.h,
                              .dilation_w = conv.dilation.w});
}

LoopNest nest_of(const Linear& linear, const Shapes& in, std::uint64_t batch) {
    const auto width = in[0].back();
    return models::conv_nest({.n = batch * (elements(in[0]) / width), .k = linear.out, .c = width});
}

LoopNest nest_of(const MatMul& matmul, const Shapes& in, const Shapes& out, std::uint64_t batch) {
    const auto last = out[0].size() - 1;
    const auto inner = matmul.transpose_left ? in[0][last - 1] : in[0][last];
    return models::matmul_nest(batch * (last == 2 ? out[0][0] : 1), out[0][last - 1], out[0][last], inner);
}

AttentionNests nests_of(const Attention& a, const Shapes& in, std::uint64_t batch) {
    const auto queries = in[0][0], keys = a.keys(in);
    const auto side_by_side = chunk(a, queries, keys);
    const auto groups = batch * a.kv_heads * (queries / side_by_side);
    const auto rows = side_by_side * (a.heads / a.kv_heads);  // heads that share keys and values share a group
    return {models::matmul_nest(groups, rows, keys, in[0][1] / a.heads),
            models::matmul_nest(groups, rows, in[2][1] / a.kv_heads, keys)};
}

std::uint64_t overlap_additions(const Conv& conv, const Shapes& in, const Shapes& out, std::uint64_t batch) {
    if (!conv.transposed || has_phases(conv, in[0], out[0])) return 0;
    const auto columns = product(out[0][0], conv.kernel.h, conv.kernel.w, in[0][1], in[0][2]);
    const auto pixels = elements(out[0]);
    return columns > pixels ? checked(columns - pixels, batch) : 0;
}

}  // namespace dyad::arch_space
