// SPDX-License-Identifier: Apache-2.0
#include "arch_space/onnx/spelling.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace dyad::arch_space::onnx {
namespace {

using Keys = std::vector<std::string>;

std::string text(const Pair& pair) {
    return pair.h == pair.w ? fmt::format("{}", pair.h) : fmt::format("[{}, {}]", pair.h, pair.w);
}

std::string text(const Padding& p) {
    if (p.same) return "same";
    if (p.top != p.bottom || p.left != p.right)
        return fmt::format("[{}, {}, {}, {}]", p.top, p.bottom, p.left, p.right);
    return text(Pair{p.top, p.left});
}

std::string list(const std::vector<std::uint64_t>& sizes) { return fmt::format("[{}]", fmt::join(sizes, ", ")); }

Keys keys(const Conv& c, const Shapes& in) {
    Keys all{fmt::format("out: {}", c.out), "kernel: " + text(c.kernel)};
    if (c.stride != Pair{1, 1}) all.push_back("stride: " + text(c.stride));
    all.push_back("pad: " + text(c.pad));
    if (c.dilation != Pair{1, 1}) all.push_back("dilation: " + text(c.dilation));
    if (c.groups > 1 && (c.transposed || !c.depthwise(in.at(0)))) all.push_back(fmt::format("groups: {}", c.groups));
    if (c.output_padding != Pair{0, 0}) all.push_back("output_padding: " + text(c.output_padding));
    if (!c.bias) all.emplace_back("bias: false");
    return all;
}

Keys keys(const Linear& l, const Shapes&) {
    return l.bias ? Keys{fmt::format("out: {}", l.out)} : Keys{fmt::format("out: {}", l.out), "bias: false"};
}

Keys keys(const Pool& p, const Shapes&) {
    Keys all{p.kind == Pool::Kind::max ? "type: max" : "type: average"};
    if (p.global) all.emplace_back("global: true");
    if (p.global) return all;
    all.push_back("kernel: " + text(p.kernel));
    all.push_back("stride: " + text(p.stride));
    if (p.pad != Padding{}) all.push_back("pad: " + text(p.pad));
    if (p.ceil) all.emplace_back("ceil: true");
    return all;
}

Keys keys(const Normalisation& n, const Shapes&) {
    return n.kind == Normalisation::Kind::group ? Keys{fmt::format("groups: {}", n.groups)} : Keys{};
}
Keys keys(const Concat& c, const Shapes&) { return {fmt::format("axis: {}", c.axis)}; }
Keys keys(const Split& s, const Shapes&) { return {fmt::format("axis: {}", s.axis), "sizes: " + list(s.sizes)}; }
Keys keys(const Reshape& r, const Shapes&) { return {"shape: " + list(r.shape)}; }
Keys keys(const Transpose& t, const Shapes&) { return {"order: " + list(t.order)}; }
Keys keys(const Resize& r, const Shapes&) {
    return {"output: " + text(r.output), r.mode == Resize::Mode::nearest ? "mode: nearest" : "mode: bilinear"};
}
Keys keys(const Embedding& e, const Shapes&) {
    return {fmt::format("entries: {}", e.entries), fmt::format("width: {}", e.width)};
}
Keys keys(const Token& t, const Shapes&) { return {fmt::format("count: {}", t.count)}; }
Keys keys(const Position& p, const Shapes&) { return {fmt::format("entries: {}", p.entries)}; }
Keys keys(const Gather& g, const Shapes&) { return g.indices.empty() ? Keys{} : Keys{"indices: " + list(g.indices)}; }

Keys keys(const Table& t, const Shapes&) {
    Keys all{"shape: " + list(t.shape)};
    if (t.learned) all.push_back(fmt::format("learned: {}", *t.learned));
    return all;
}
Keys keys(const MatMul& m, const Shapes&) {
    Keys all;
    if (m.transpose_left) all.emplace_back("transpose_left: true");
    if (m.transpose_right) all.emplace_back("transpose_right: true");
    return all;
}
Keys keys(const Attention& a, const Shapes&) {
    Keys all{fmt::format("heads: {}", a.heads)};
    if (a.kv_heads != a.heads) all.push_back(fmt::format("kv_heads: {}", a.kv_heads));
    if (a.causal) all.emplace_back("causal: true");
    if (a.window != 0) all.push_back(fmt::format("window: {}", a.window));
    if (a.cache != 0) all.push_back(fmt::format("cache: {}", a.cache));
    all.emplace_back("projections: false");
    return all;
}
Keys keys(const FarthestPointSampling& s, const Shapes&) { return {fmt::format("points: {}", s.points)}; }
Keys keys(const Grouping& g, const Shapes&) {
    if (g.kind == Grouping::Kind::nearest) return {fmt::format("neighbours: {}", g.samples)};
    return {fmt::format("radius: {}", static_cast<float>(g.radius)), fmt::format("samples: {}", g.samples)};
}

Keys keys(const TopK& t, const Shapes&) { return {fmt::format("count: {}", t.count)}; }

}  // namespace

std::vector<std::string> spelling(const Operator& op, const Shapes& in) {
    return std::visit(
        [&](const auto& o) {
            if constexpr (requires { keys(o, in); }) return keys(o, in);
            return Keys{};
        },
        op);
}

}  // namespace dyad::arch_space::onnx
