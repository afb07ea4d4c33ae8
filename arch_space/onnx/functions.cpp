// SPDX-License-Identifier: Apache-2.0
// Functions of one element, limits, comparisons and logic.
#include <fmt/format.h>

#include <cmath>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/pointwise.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

using Kind = Activation::Kind;

void emit(Importer& importer, const Node& node, Kind kind) {
    const auto& input = importer.activation(node, 0);
    importer.emit_to(node, input.shape, Activation{kind}, {input.source});
}
template <Kind kind>
void function(Importer& importer, const Node& node) {
    emit(importer, node, kind);
}

void same(Importer& importer, const Node& node) { importer.set(node, 0, importer.activation(node, 0)); }

void gelu(Importer& importer, const Node& node) {
    const auto form = node.text("approximate", "none");
    if (form != "none" && form != "tanh") throw Fault(fmt::format("approximate '{}'", core::shortened(form)));
    emit(importer, node, form == "tanh" ? Kind::gelu_tanh : Kind::gelu);
}

/// Between two limits: of 0 and 6, of 0 alone, or any others.
void limit(Importer& importer, const Node& node, double low, double high) {
    constexpr double endless = 3e38;  // the limits of a float that exporters write for none
    if (low != low || high != high) throw Fault("a limit that is no number");
    if (low < -endless && high > endless) return same(importer, node);
    emit(importer, node,
         low == 0 && high == 6        ? Kind::relu6
         : low == 0 && high > endless ? Kind::relu
                                      : Kind::hardtanh);
}

constexpr auto infinity = static_cast<double>(HUGE_VAL);

void clip(Importer& importer, const Node& node) {
    limit(importer, node, number(importer, node, "min", 1, -infinity), number(importer, node, "max", 2, infinity));
}

/// A constant operand of an operator with two.
std::optional<std::size_t> constant_operand(Importer& importer, const Node& node) {
    if (node.inputs.size() != 2) throw Fault(fmt::format("{} operands, expected 2", node.inputs.size()));
    for (const std::size_t i : {0, 1})
        if (importer.in(node, i).constant()) return i;
    return std::nullopt;
}

/// The node with the activation first.
Node activation_first(const Node& node, std::size_t constant) {
    auto turned = node;
    if (constant == 0) std::swap(turned.inputs[0], turned.inputs[1]);
    return turned;
}

/// The larger or smaller of two.
void extreme(Importer& importer, const Node& node) {
    const auto constant = constant_operand(importer, node);
    if (!constant) return join_activations(importer, node, Elementwise::Kind::max);
    const auto bound = scalar(importer.in(node, *constant));
    if (!bound) throw Fault("a limit for each element");
    const auto turned = activation_first(node, *constant);
    if (node.op == "Max") return limit(importer, turned, *bound, infinity);
    limit(importer, turned, -infinity, *bound);
}

/// Comparisons and logic, one operation an element; with a single number they belong to what made the operand.
void compare(Importer& importer, const Node& node) {
    const auto constant = constant_operand(importer, node);
    if (!constant) return join_activations(importer, node, Elementwise::Kind::compare);
    const auto turned = activation_first(node, *constant);
    auto table = importer.in(node, *constant);
    table.values.reset();  // whatever it holds, no product with it
    table.fill.reset();
    join_table(importer, turned, importer.activation(turned, 0), table, false);
}

/// One addition an element.
void running_sum(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    importer.emit_to(node, input.shape, Elementwise{Elementwise::Kind::add}, {input.source, input.source});
}

constexpr HandlerEntry table[] = {{"Relu", function<Kind::relu>},
                                  {"LeakyRelu", function<Kind::leaky_relu>},
                                  {"QLinearLeakyRelu", function<Kind::leaky_relu>},
                                  {"HardSwish", function<Kind::hardswish>},
                                  {"HardSigmoid", function<Kind::hardsigmoid>},
                                  {"Sigmoid", function<Kind::sigmoid>},
                                  {"QLinearSigmoid", function<Kind::sigmoid>},
                                  {"Tanh", function<Kind::tanh>},
                                  {"QuickGelu", function<Kind::swish>},
                                  {"Gelu", gelu},
                                  {"Elu", function<Kind::elu>},
                                  {"Celu", function<Kind::elu>},
                                  {"Selu", function<Kind::selu>},
                                  {"Softplus", function<Kind::softplus>},
                                  {"Softsign", function<Kind::softsign>},
                                  {"Mish", function<Kind::mish>},
                                  {"Exp", function<Kind::exp>},
                                  {"Log", function<Kind::log>},
                                  {"Sqrt", function<Kind::sqrt>},
                                  {"Reciprocal", function<Kind::reciprocal>},
                                  {"Abs", function<Kind::abs>},
                                  {"Sin", function<Kind::sine>},
                                  {"Cos", function<Kind::sine>},
                                  {"Neg", same},
                                  {"Not", same},
                                  {"Clip", clip},
                                  {"Max", extreme},
                                  {"Min", extreme},
                                  {"Equal", compare},
                                  {"Less", compare},
                                  {"LessOrEqual", compare},
                                  {"Greater", compare},
                                  {"GreaterOrEqual", compare},
                                  {"And", compare},
                                  {"Or", compare},
                                  {"CumSum", running_sum}};

}  // namespace

std::span<const HandlerEntry> function_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
