// SPDX-License-Identifier: Apache-2.0
#include "arch_space/operators.hpp"

namespace dyad::arch_space {
namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};

std::string_view name_of(const Conv& c, const Shapes& in) {
    if (c.transposed) return "conv_transpose";
    return c.groups == 0 || (!in.empty() && c.depthwise(in[0])) ? "depthwise_conv" : "conv";
}

std::string_view name_of(Normalisation::Kind kind) {
    static constexpr std::string_view names[] = {"batch_norm", "layer_norm", "group_norm"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Activation::Kind kind) {
    static constexpr std::string_view names[] = {"relu",  "relu6", "leaky_relu", "prelu",    "hardswish", "hardsigmoid",
                                                 "swish", "gelu",  "gelu_tanh",  "sigmoid",  "tanh",      "hardtanh",
                                                 "elu",   "selu",  "softplus",   "softsign", "mish",      "exp",
                                                 "log",   "sqrt",  "reciprocal", "abs",      "sine"};
    return names[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Elementwise::Kind kind) {
    static constexpr std::string_view names[] = {"add", "mul", "div", "max", "compare", "select"};
    return names[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view name(const Operator& op, const Shapes& in) {
    using View = std::string_view;
    return std::visit(
        Overloaded{[&](const Conv& c) { return name_of(c, in); },
                   [](const Normalisation& n) { return name_of(n.kind); },
                   [](const Activation& a) { return name_of(a.kind); },
                   [](const Elementwise& e) { return name_of(e.kind); },
                   [](const Grouping& g) { return g.kind == Grouping::Kind::ball ? View("ball_query") : View("knn"); },
                   [](const Input&) { return View("input"); },
                   [](const Linear&) { return View("linear"); },
                   [](const MatMul&) { return View("matmul"); },
                   [](const Pool&) { return View("pool"); },
                   [](const Softmax& s) { return s.log ? View("log_softmax") : View("softmax"); },
                   [](const Table& t) { return t.kind == Table::Kind::scale ? View("scale") : View("shift"); },
                   [](const Concat&) { return View("concat"); },
                   [](const Split&) { return View("split"); },
                   [](const Reshape&) { return View("reshape"); },
                   [](const Transpose&) { return View("transpose"); },
                   [](const Resize&) { return View("resize"); },
                   [](const Attention&) { return View("attention"); },
                   [](const Embedding&) { return View("embedding"); },
                   [](const Token&) { return View("token"); },
                   [](const Position&) { return View("position"); },
                   [](const Gather&) { return View("gather"); },
                   [](const TopK&) { return View("topk"); },
                   [](const Zero&) { return View("zero"); },
                   [](const FarthestPointSampling&) { return View("farthest_point_sampling"); }},
        op);
}

Operator resolve(Operator op, const Shapes& in) {
    auto* conv = std::get_if<Conv>(&op);
    if (conv == nullptr || in.empty() || in[0].empty()) return op;
    if (conv->groups == 0) conv->groups = in[0][0];
    if (conv->out == 0) conv->out = in[0][0];
    return op;
}

Shapes infer(const Operator& op, const Shapes& in) {
    return std::visit([&](const auto& o) { return o.infer(in); }, op);
}

std::uint64_t parameters(const Operator& op, const Shapes& in) {
    return std::visit(
        [&](const auto& o) -> std::uint64_t {
            if constexpr (requires { o.parameters(in); }) return o.parameters(in);
            return 0;
        },
        op);
}

std::uint64_t weights_read(const Operator& op, const Shapes& in) {
    return std::visit(
        [&](const auto& o) -> std::uint64_t {
            if constexpr (requires { o.weights_read(in); })
                return o.weights_read(in);
            else if constexpr (requires { o.parameters(in); })
                return o.parameters(in);
            else
                return 0;
        },
        op);
}

std::uint64_t macs(const Operator& op, const Shapes& in) {
    return std::visit(
        [&](const auto& o) -> std::uint64_t {
            if constexpr (requires { o.macs(in); }) return o.macs(in);
            return 0;
        },
        op);
}

models::VectorWork work(const Operator& op, const Shapes& in, const Shapes& out) {
    return std::visit(
        [&](const auto& o) -> models::VectorWork {
            if constexpr (requires { o.work(in, out); }) return o.work(in, out);
            return {};
        },
        op);
}

}  // namespace dyad::arch_space
