// SPDX-License-Identifier: Apache-2.0
#include "arch_space/parse/operators.hpp"

#include <fmt/format.h>

namespace dyad::arch_space {
namespace {

using core::Object;

/// Padding that keeps the size at stride 1 (for odd kernels), as frameworks' models have it.
Padding half(Pair kernel, Pair dilation) {
    const auto rows = dilation.h * (kernel.h - 1) / 2, cols = dilation.w * (kernel.w - 1) / 2;
    return {rows, rows, cols, cols};
}

/// A bias is left out where batch normalisation follows, which brings its own.
bool bias(Object& o) {
    const auto value = o.find("bias");
    if (value) return value->flag();
    const auto follows = norm(o);
    return !follows || follows->kind != Normalisation::Kind::batch;
}

Conv parse_window(Object& o) {
    Conv conv;
    conv.kernel = pair(o, "kernel", {1, 1});
    conv.stride = pair(o, "stride", {1, 1});
    conv.dilation = pair(o, "dilation", {1, 1});
    conv.pad = padding(o, half(conv.kernel, conv.dilation));
    conv.bias = bias(o);
    return conv;
}

/// `same`: as many as channels come in.
std::uint64_t output_channels(Object& o) {
    const auto out = o.find("out");
    if (out && out->is_scalar() && out->node().text == "same") return 0;
    return required_size(o, "out", "output channels, or same");
}

Operator parse_conv(Object& o) {
    auto conv = parse_window(o);
    conv.out = output_channels(o);
    conv.groups = size(o, "groups", 1);
    return conv;
}

Operator parse_depthwise(Object& o) {
    auto conv = parse_window(o);
    conv.out = size(o, "out", 0);
    conv.groups = 0;
    return conv;
}

Operator parse_transposed(Object& o) {
    auto conv = parse_window(o);
    conv.out = output_channels(o);
    conv.groups = size(o, "groups", 1);
    conv.output_padding = pair(o, "output_padding", {0, 0}, 0);
    conv.transposed = true;
    return conv;
}

Operator parse_linear(Object& o) {
    const auto out = required_size(o, "out", "output width");
    return Linear{out, bias(o)};
}

Operator parse_matmul(Object& o) { return MatMul{flag(o, "transpose_left", false), flag(o, "transpose_right", false)}; }

Operator parse_pool(Object& o) {
    Pool pool;
    pool.kind = o.require("type", "max or average")
                    .one_of<Pool::Kind>({{"max", Pool::Kind::max}, {"average", Pool::Kind::average}});
    pool.global = flag(o, "global", false);
    pool.output = pair(o, "output", {0, 0});
    const bool whole = pool.global || pool.output.h != 0;
    if (pool.global && pool.output.h != 0) o.fail("expected one of global, output and kernel");
    if (whole) return pool;
    if (!o.find("kernel")) o.fail("missing key 'kernel' (the window; or global: true, or output: [height, width])");
    pool.kernel = pair(o, "kernel", {1, 1});
    pool.stride = pair(o, "stride", pool.kernel);
    pool.pad = padding(o, {});
    pool.ceil = flag(o, "ceil", false);
    return pool;
}

Operator parse_concat(Object& o) { return Concat{size(o, "axis", 0, 0)}; }

Operator parse_split(Object& o) {
    Split split{.axis = size(o, "axis", 0, 0), .parts = size(o, "parts", 0), .sizes = {}};
    const auto given = o.find("sizes");
    if (given) split.sizes = sizes(*given);
    if (given.has_value() == (split.parts != 0)) o.fail("expected one of parts and sizes");
    if (split.parts > 1024 || split.sizes.size() > 1024) o.fail("expected at most 1024 parts");
    return split.parts > 1024 ? Split{.axis = 0, .parts = 1, .sizes = {}} : split;
}

Operator parse_reshape(Object& o) {
    const auto shape = o.require("shape", "a list of sizes, one of them 0 for what is left");
    Reshape reshape{shape.is_null() ? Shape{0} : sizes(shape, 0)};
    if (reshape.shape.empty() || reshape.shape.size() > 3) o.fail("expected a shape of 1 to 3 sizes");
    return reshape.shape.empty() ? Reshape{{0}} : reshape;
}

Operator parse_transpose(Object& o) {
    const auto order = o.require("order", "the axes in their new order");
    return Transpose{order.is_null() ? std::vector<std::uint64_t>{} : sizes(order, 0)};
}

Operator parse_resize(Object& o) {
    Resize resize;
    if (const auto mode = o.find("mode"))
        resize.mode =
            mode->one_of<Resize::Mode>({{"nearest", Resize::Mode::nearest}, {"bilinear", Resize::Mode::bilinear}});
    resize.scale = pair(o, "scale", {0, 0});
    resize.output = pair(o, "output", {0, 0});
    if ((resize.scale.h == 0) == (resize.output.h == 0)) o.fail("expected one of scale and output");
    if (resize.scale.h == 0) resize.scale = {1, 1};
    return resize;
}

Operator parse_embedding(Object& o) { return Embedding{required_size(o, "entries"), required_size(o, "width")}; }

Operator parse_gather(Object& o) {
    const auto indices = o.find("indices");
    return Gather{indices ? sizes(*indices, 0) : std::vector<std::uint64_t>{}};
}

Operator parse_sampling(Object& o) { return FarthestPointSampling{required_size(o, "points")}; }

Operator parse_ball(Object& o) {
    const auto radius = o.require("radius", "a number");
    return Grouping{Grouping::Kind::ball, required_size(o, "samples"), radius.is_null() ? 1 : radius.number(0, 1e9)};
}

Operator parse_knn(Object& o) { return Grouping{Grouping::Kind::nearest, required_size(o, "neighbours"), 0}; }

template <Table::Kind kind>
Operator parse_stored(Object& o) {
    const auto shape = o.require("shape", "the sizes of its table");
    Table table{kind, shape.is_null() ? Shape{1} : sizes(shape), {}};
    if (const auto learned = o.find("learned"))
        table.learned = static_cast<std::uint64_t>(learned->integer(0, static_cast<std::int64_t>(max_elements)));
    return table;
}

template <Activation::Kind kind>
Operator parse_activation(Object&) {
    return Activation{kind};
}
template <Normalisation::Kind kind>
Operator parse_norm(Object&) {
    return Normalisation{kind};
}
template <Elementwise::Kind kind>
Operator parse_elementwise(Object&) {
    return Elementwise{kind};
}

constexpr OperatorEntry table[] = {
    {"conv", parse_conv},
    {"depthwise_conv", parse_depthwise},
    {"conv_transpose", parse_transposed},
    {"linear", parse_linear},
    {"matmul", parse_matmul},
    {"pool", parse_pool},
    {"batch_norm", parse_norm<Normalisation::Kind::batch>},
    {"layer_norm", parse_norm<Normalisation::Kind::layer>},
    {"group_norm", [](Object& o) -> Operator { return parse_group_norm(o); }},
    {"relu", parse_activation<Activation::Kind::relu>},
    {"relu6", parse_activation<Activation::Kind::relu6>},
    {"leaky_relu", parse_activation<Activation::Kind::leaky_relu>},
    {"prelu", parse_activation<Activation::Kind::prelu>},
    {"hardswish", parse_activation<Activation::Kind::hardswish>},
    {"hardsigmoid", parse_activation<Activation::Kind::hardsigmoid>},
    {"swish", parse_activation<Activation::Kind::swish>},
    {"gelu", parse_activation<Activation::Kind::gelu>},
    {"gelu_tanh", parse_activation<Activation::Kind::gelu_tanh>},
    {"sigmoid", parse_activation<Activation::Kind::sigmoid>},
    {"tanh", parse_activation<Activation::Kind::tanh>},
    {"hardtanh", parse_activation<Activation::Kind::hardtanh>},
    {"elu", parse_activation<Activation::Kind::elu>},
    {"selu", parse_activation<Activation::Kind::selu>},
    {"softplus", parse_activation<Activation::Kind::softplus>},
    {"softsign", parse_activation<Activation::Kind::softsign>},
    {"mish", parse_activation<Activation::Kind::mish>},
    {"exp", parse_activation<Activation::Kind::exp>},
    {"log", parse_activation<Activation::Kind::log>},
    {"sqrt", parse_activation<Activation::Kind::sqrt>},
    {"reciprocal", parse_activation<Activation::Kind::reciprocal>},
    {"abs", parse_activation<Activation::Kind::abs>},
    {"sine", parse_activation<Activation::Kind::sine>},
    {"add", parse_elementwise<Elementwise::Kind::add>},
    {"mul", parse_elementwise<Elementwise::Kind::mul>},
    {"div", parse_elementwise<Elementwise::Kind::div>},
    {"max", parse_elementwise<Elementwise::Kind::max>},
    {"compare", parse_elementwise<Elementwise::Kind::compare>},
    {"select", parse_elementwise<Elementwise::Kind::select>},
    {"scale", parse_stored<Table::Kind::scale>},
    {"shift", parse_stored<Table::Kind::shift>},
    {"softmax", [](Object&) -> Operator { return Softmax{}; }},
    {"log_softmax", [](Object&) -> Operator { return Softmax{true}; }},
    {"concat", parse_concat},
    {"split", parse_split},
    {"reshape", parse_reshape},
    {"flatten", [](Object&) -> Operator { return Reshape{{0}}; }},
    {"transpose", parse_transpose},
    {"resize", parse_resize},
    {"embedding", parse_embedding},
    {"token", [](Object& o) -> Operator { return Token{size(o, "count", 1)}; }},
    {"position", [](Object& o) -> Operator { return Position{size(o, "entries", 0)}; }},
    {"gather", parse_gather},
    {"topk", [](Object& o) -> Operator { return TopK{size(o, "count", 1)}; }},
    {"zero", [](Object&) -> Operator { return Zero{}; }},
    {"farthest_point_sampling", parse_sampling},
    {"ball_query", parse_ball},
    {"knn", parse_knn},
};

}  // namespace

std::span<const OperatorEntry> operator_table() { return table; }

}  // namespace dyad::arch_space
