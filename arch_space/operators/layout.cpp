// SPDX-License-Identifier: Apache-2.0
// Operators that move elements: concat, split, reshape, transpose, resize, gather, top-k; zeros.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>

#include "arch_space/operators.hpp"
#include "arch_space/operators/vector_work.hpp"

namespace dyad::arch_space {
namespace {

using hw_space::VectorOp;

void expect_axis(std::uint64_t axis, const Shape& shape, const char* what) {
    if (axis >= shape.size())
        throw BadShape(
            fmt::format("{} along axis {}, but {} has axes 0 to {}", what, axis, to_text(shape), shape.size() - 1));
}

}  // namespace

Shapes Input::infer(const Shapes&) const {
    (void)elements(shape);
    return {shape};
}

Shapes Zero::infer(const Shapes& in) const {
    expect_inputs(in, 1, "zero");
    return in;
}

Shapes Concat::infer(const Shapes& in) const {
    if (in.size() < 2) throw BadShape(fmt::format("concat takes at least 2 inputs, found {}", in.size()));
    expect_axis(axis, in[0], "concat");
    auto shape = in[0];
    for (std::size_t i = 1; i < in.size(); ++i) {
        auto other = in[i];
        if (other.size() == shape.size()) other[axis] = shape[axis];
        if (other != shape)
            throw BadShape(
                fmt::format("concat along axis {} cannot join {} and {}", axis, to_text(in[0]), to_text(in[i])));
        shape[axis] += in[i][axis];
    }
    return {shape};
}

models::VectorWork Concat::work(const Shapes&, const Shapes& out) const { return moved(elements(out.at(0))); }

Shapes Split::infer(const Shapes& in) const {
    expect_inputs(in, 1, "split");
    expect_axis(axis, in[0], "split");
    const auto size = in[0][axis];
    if (parts != 0 && size % parts != 0) throw BadShape(fmt::format("split of {} into {} equal parts", size, parts));
    const auto pieces = parts != 0 ? std::vector<std::uint64_t>(parts, size / parts) : sizes;
    if (const auto sum = std::accumulate(pieces.begin(), pieces.end(), std::uint64_t{0}); sum != size)
        throw BadShape(fmt::format("split sizes add up to {}, expected {}", sum, size));
    Shapes out(pieces.size(), in[0]);
    for (std::size_t i = 0; i < pieces.size(); ++i) out[i][axis] = pieces[i];
    return out;
}

models::VectorWork Split::work(const Shapes& in, const Shapes&) const { return moved(elements(in.at(0))); }

Shapes Reshape::infer(const Shapes& in) const {
    expect_inputs(in, 1, "reshape");
    auto result = shape;
    const auto open = std::find(result.begin(), result.end(), 0);
    const auto have = elements(in[0]);
    if (open != result.end()) {
        *open = 1;
        *open = have / std::max<std::uint64_t>(1, elements(result));
    }
    if (elements(result) != have)
        throw BadShape(fmt::format("reshape of {} ({} elements) to {}", to_text(in[0]), have, to_text(shape)));
    return {result};
}

Shapes Transpose::infer(const Shapes& in) const {
    expect_inputs(in, 1, "transpose");
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    bool fits = sorted.size() == in[0].size();
    for (std::size_t i = 0; fits && i < sorted.size(); ++i) fits = sorted[i] == i;
    if (!fits)
        throw BadShape(fmt::format("transpose of {} expects an order of its {} axes, found [{}]", to_text(in[0]),
                                   in[0].size(), fmt::join(order, ", ")));
    Shape shape;
    for (const auto axis : order) shape.push_back(in[0][axis]);
    return {shape};
}

models::VectorWork Transpose::work(const Shapes&, const Shapes& out) const { return moved(elements(out.at(0))); }

Shapes Resize::infer(const Shapes& in) const {
    expect_inputs(in, 1, "resize");
    expect_rank(in[0], 3, "resize");
    if (output.h != 0) return {{in[0][0], output.h, output.w}};
    return {{in[0][0], checked(in[0][1], scale.h, max_dimension), checked(in[0][2], scale.w, max_dimension)}};
}

// Nearest copies; bilinear weighs four neighbours (row weights applied first: 2 x 2 + 2 products, 3 sums).
models::VectorWork Resize::work(const Shapes&, const Shapes& out) const {
    const auto count = elements(out.at(0));
    if (mode == Mode::nearest) return moved(count);
    return charged({{VectorOp::gather, 4}, {VectorOp::mul, 6}, {VectorOp::add, 3}}, count);
}

Shapes Gather::infer(const Shapes& in) const {
    expect_inputs(in, indices.empty() ? 2 : 1, indices.empty() ? "gather without indices" : "gather");
    auto shape = in[0];
    if (indices.empty() && in[1].size() != 1)
        throw BadShape("gather expects a vector of indices as its second input, found " + to_text(in[1]));
    for (const auto index : indices)
        if (index >= shape[0])
            throw BadShape(fmt::format("index {} is beyond the {} entries of {}", index, shape[0], to_text(shape)));
    shape[0] = indices.empty() ? in[1][0] : indices.size();
    return {shape};
}

Shapes TopK::infer(const Shapes& in) const {
    expect_inputs(in, 1, "topk");
    auto shape = in[0];
    if (count > shape.back())
        throw BadShape(
            fmt::format("topk cannot pick {} of the {} in a row of {}", count, shape.back(), to_text(shape)));
    shape.back() = count;
    return {shape, shape};
}

// Each element goes down a heap of the `count` largest so far, a comparison a level; what is found is copied out.
models::VectorWork TopK::work(const Shapes& in, const Shapes& out) const {
    auto work = charged({{VectorOp::compare, static_cast<std::uint64_t>(std::bit_width(count))}}, elements(in.at(0)));
    charge(work, {{VectorOp::gather, 2}}, elements(out.at(0)));
    return work;
}

models::VectorWork Gather::work(const Shapes&, const Shapes& out) const { return moved(elements(out.at(0))); }

}  // namespace dyad::arch_space
