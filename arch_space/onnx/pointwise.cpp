// SPDX-License-Identifier: Apache-2.0
// Element by element: activations, sums and products, normalisation, softmax, quantisation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

template <Activation::Kind kind>
void activation(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    importer.emit_to(node, input.shape, Activation{kind}, {input.source});
}

/// A slope for each channel, or one for all.
void prelu(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto& slopes = importer.in(node, 1);
    if (!slopes.constant()) throw Fault("slopes that are computed");
    if (elements(slopes.shape) == 1) return activation<Activation::Kind::leaky_relu>(importer, node);
    const bool is_image = input.shape.size() >= 3;
    const auto channels = input.shape.size() < 2 ? 0 : input.shape[1];
    if (elements(slopes.shape) != channels)
        throw Fault(fmt::format("slopes {} for an input {}", to_text(slopes.shape), to_text(input.shape)));
    const auto source = is_image ? importer.view(input, image(input.shape)) : input.source;
    importer.emit_to(node, input.shape, Activation{Activation::Kind::prelu}, {source}, &slopes);
}

void same(Importer& importer, const Node& node) { importer.set(node, 0, importer.in(node, 0)); }

/// Exporters keep one of several equal tables. Those of one number only happen to be equal, such as scales before
/// training; others are shared.
void identity(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    const bool even =
        value.constant() && value.values && !value.values->empty() &&
        std::ranges::all_of(*value.values, [&](double number) { return number == value.values->front(); });
    if (even && !node.outputs.empty()) value.origin = node.outputs[0];
    importer.set(node, 0, std::move(value));
}

/// Between 0 and 6, or from 0.
void clip(Importer& importer, const Node& node) {
    const auto infinity = static_cast<double>(HUGE_VAL);
    const auto low = number(importer, node, "min", 1, -infinity), high = number(importer, node, "max", 2, infinity);
    constexpr double endless = 3e38;  // the limits of a float that exporters write for none
    if (low == 0 && high == 6) return activation<Activation::Kind::relu6>(importer, node);
    if (low == 0 && high > endless) return activation<Activation::Kind::relu>(importer, node);
    if (low < -endless && high > endless) return same(importer, node);
    throw Fault(fmt::format("clips to {} to {}, expected 0 to 6 or 0 to infinity", low, high));
}

void batch_norm(Importer& importer, const Node& node) {
    const auto& scale = importer.in(node, 1);
    const auto& input = importer.activation(node, 0);
    if (input.shape.size() < 2 || elements(scale.shape) != input.shape[1])
        throw Fault(fmt::format("scale {} for an input {}", to_text(scale.shape), to_text(input.shape)));
    emit_norm(importer, node, input, {Normalisation::Kind::batch}, &scale, 0);
}

void instance_norm(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    if (input.shape.size() < 3) throw Fault("expected an image");
    emit_norm(importer, node, input, {Normalisation::Kind::group, input.shape[1]}, &importer.in(node, 1), 0);
}

void layer_norm(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto axis = axis_of(node.integer("axis", -1), input.shape.size());
    emit_norm(importer, node, input, {Normalisation::Kind::layer}, &importer.in(node, 1), input.shape.size() - axis);
}

/// Both shapes with as many axes as they must have to be told apart, at most three.
std::pair<Shape, Shape> joined_views(const Value& a, const Value& b) {
    const auto out = broadcast(a.shape, b.shape);
    Shape x, y;
    int last = -1;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto lacks = [&](const Shape& s) { return i + s.size() < out.size() ? 1 : s[i + s.size() - out.size()]; };
        const auto p = lacks(a.shape), q = lacks(b.shape);
        if (p == 1 && q == 1) continue;
        const int kind = p == q ? 0 : p == 1 ? 1 : 2;
        if (kind != last) x.push_back(1), y.push_back(1);
        last = kind;
        x.back() *= p;
        y.back() *= q;
    }
    if (x.empty()) return {{1}, {1}};
    if (x.size() > 3) throw Fault(fmt::format("cannot join {} and {}", to_text(a.shape), to_text(b.shape)));
    return {x, y};
}

bool plain(const Value& value) { return value.source.shape == without_batch(value.shape); }

void join(Importer& importer, const Node& node, const Value& a, const Value& b, Elementwise::Kind kind) {
    const auto out = broadcast(a.shape, b.shape);
    if (a.shape == b.shape)
        return importer.emit_to(node, out, Elementwise{kind}, {a.source, importer.view(b, a.source.shape)});
    if (a.shape.size() == b.shape.size() && a.source.shape.size() == b.source.shape.size() && plain(a) && plain(b))
        return importer.emit_to(node, out, Elementwise{kind}, {a.source, b.source});
    const auto [x, y] = joined_views(a, b);
    importer.emit_to(node, out, Elementwise{kind}, {importer.view(a, x), importer.view(b, y)});
}

/// A number that all elements are scaled or shifted by belongs to the weights or to the product before it, and so does
/// a mask before a softmax.
void join_constant(Importer& importer, const Node& node, const Value& input, const Value& other, bool sum) {
    auto shape = broadcast(input.shape, other.shape);
    const auto readers = node.outputs.empty() ? std::vector<const Node*>{} : importer.readers(node.outputs[0]);
    const bool mask = sum && !readers.empty() &&
                      std::ranges::all_of(readers, [](const Node* reader) { return reader->op == "Softmax"; });
    if (elements(shape) == elements(input.shape) && (elements(other.shape) == 1 || mask)) {
        auto value = input;
        value.shape = std::move(shape);
        return importer.set(node, 0, std::move(value));
    }
    if (!sum || elements(other.shape) != elements(input.shape) || input.shape.size() < 2)
        throw Fault(fmt::format("{} with a constant {}", sum ? "a sum" : "a product", to_text(other.shape)));
    const auto tokens = product_of(input.shape, 0, input.shape.size() - 1);
    const auto source = importer.view(input, {tokens, input.shape.back()});
    importer.emit_to(node, shape, Position{other.entries > tokens ? other.entries : tokens}, {source}, &other);
}

void elementwise(Importer& importer, const Node& node, std::size_t i, std::size_t j, Elementwise::Kind kind) {
    const auto &a = importer.in(node, i), &b = importer.in(node, j);
    const bool sum = kind == Elementwise::Kind::add;
    if (a.constant() && b.constant())  // of values that the file does not give, such as computed scales
        return importer.set(node, 0, {.kind = Value::Kind::constant, .shape = broadcast(a.shape, b.shape)});
    if (a.constant()) return join_constant(importer, node, importer.activation(node, j), a, sum);
    if (b.constant()) return join_constant(importer, node, importer.activation(node, i), b, sum);
    join(importer, node, importer.activation(node, i), importer.activation(node, j), kind);
}

void add(Importer& importer, const Node& node) { elementwise(importer, node, 0, 1, Elementwise::Kind::add); }
void mul(Importer& importer, const Node& node) { elementwise(importer, node, 0, 1, Elementwise::Kind::mul); }
void qlinear_add(Importer& importer, const Node& node) { elementwise(importer, node, 0, 3, Elementwise::Kind::add); }
void qlinear_mul(Importer& importer, const Node& node) { elementwise(importer, node, 0, 3, Elementwise::Kind::mul); }

void div(Importer& importer, const Node& node) {
    const auto &dividend = importer.in(node, 0), &divisor = importer.in(node, 1);
    if (divisor.constant()) return elementwise(importer, node, 0, 1, Elementwise::Kind::mul);
    if (dividend.constant()) throw Fault("a constant divided by an activation");
    join(importer, node, importer.activation(node, 0), importer.activation(node, 1), Elementwise::Kind::div);
}

/// Whole powers are products.
void power(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto exponent = scalar(importer.in(node, 1));
    if (exponent == 1.0) return same(importer, node);
    if (exponent != 2.0 && exponent != 3.0) throw Fault("a power other than 1, 2 and 3");
    const std::vector<Source> factors(exponent == 2.0 ? 2 : 3, input.source);
    importer.emit_to(node, input.shape, Elementwise{Elementwise::Kind::mul}, factors);
}

void sum(Importer& importer, const Node& node) {
    if (node.inputs.size() == 1) return same(importer, node);
    if (node.inputs.size() == 2) return add(importer, node);
    std::vector<Source> all;
    const auto& first = importer.activation(node, 0);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const auto& value = importer.activation(node, i);
        if (value.shape != first.shape) throw Fault("a sum of more than two that differ in shape");
        all.push_back(importer.view(value, first.source.shape));
    }
    importer.emit_to(node, first.shape, Elementwise{Elementwise::Kind::add}, all);
}

/// Softmax over an axis that is not the last one goes through a transposition and back.
void softmax_across(Importer& importer, const Node& node, const Value& input, std::size_t axis) {
    const auto& shape = input.shape;
    const Shape stack{product_of(shape, 0, axis), shape[axis], product_of(shape, axis + 1, shape.size())};
    Node turned{node.name + "_turned", "Transpose", {}, {}}, back{node.name + "_back", "Transpose", {}, {}};
    const auto across = importer.emit(turned, Transpose{{0, 2, 1}}, {importer.view(input, stack)});
    const auto soft = importer.emit(node, Softmax{}, across);
    auto made = importer.emit(back, Transpose{{0, 2, 1}}, soft).at(0);
    importer.set(node, 0, {.kind = Value::Kind::activation, .shape = shape, .source = std::move(made)});
}

/// Softmax over the last `width` elements of each row.
void soften_rows(Importer& importer, const Node& node, const Value& input, std::uint64_t width) {
    if (input.source.shape.back() == width) return importer.emit_to(node, input.shape, Softmax{}, {input.source});
    const auto rows = elements(input.shape) / std::max<std::uint64_t>(1, width);
    importer.emit_to(node, input.shape, Softmax{}, {importer.view(input, {rows, width})});
}

/// Before operator set 13 all axes from `axis` on are one.
void softmax(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto& shape = input.shape;
    const bool early = importer.model().opset < 13;
    const auto axis = axis_of(node.integer("axis", early ? 1 : -1), shape.size());
    const auto width = product_of(shape, axis, early ? shape.size() : axis + 1);
    if (!early && product_of(shape, axis + 1, shape.size()) != 1) return softmax_across(importer, node, input, axis);
    soften_rows(importer, node, input, width);
}

/// QLinearSoftmax of ONNX Runtime: its own attribute says which operator set it follows.
void qlinear_softmax(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto axis = axis_of(node.integer("axis", -1), input.shape.size());
    const auto width = product_of(input.shape, axis, input.shape.size());
    if (node.integer("opset", 13) >= 13 && width != input.shape[axis])
        return softmax_across(importer, node, input, axis);
    soften_rows(importer, node, input, width);
}

/// Pairs of quantisation and its inverse only tell the precision of what lies between.
void quantise(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    const bool typed = importer.has(node, 2) && importer.in(node, 2).constant();
    const auto precision = typed ? importer.in(node, 2).precision : core::Precision::int8;
    value.precision = value.source.precision = precision;
    value.values.reset();
    importer.set(node, 0, std::move(value));
}

void dequantise(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    value.values.reset();
    importer.set(node, 0, std::move(value));
}

void dynamic_quantise(Importer& importer, const Node& node) {
    auto value = importer.activation(node, 0);
    value.source.precision = core::Precision::int8;
    importer.set(node, 0, std::move(value));
    for (std::size_t i = 1; i < 3; ++i) {  // scale and zero point: only read by what they belong to
        Value one{.kind = Value::Kind::constant, .shape = {1}};
        importer.set(node, i, std::move(one));
    }
}

/// Choosing between an activation and a number is a mask.
void where(Importer& importer, const Node& node) {
    const auto &a = importer.in(node, 1), &b = importer.in(node, 2);
    if (!importer.in(node, 0).constant() || a.constant() == b.constant()) throw Fault("a choice between activations");
    auto value = a.activation() ? a : b;
    const auto& other = a.activation() ? b : a;
    if (elements(other.shape) != 1) throw Fault("a choice between an activation and a tensor");
    const auto shape = broadcast(value.shape, importer.in(node, 0).shape);
    if (elements(shape) != elements(value.shape)) throw Fault("a mask larger than what it hides");
    value.shape = shape;
    importer.set(node, 0, std::move(value));
}

using Kind = Activation::Kind;
constexpr HandlerEntry table[] = {{"Relu", activation<Kind::relu>},
                                  {"LeakyRelu", activation<Kind::leaky_relu>},
                                  {"PRelu", prelu},
                                  {"QLinearLeakyRelu", activation<Kind::leaky_relu>},
                                  {"HardSwish", activation<Kind::hardswish>},
                                  {"HardSigmoid", activation<Kind::hardsigmoid>},
                                  {"Sigmoid", activation<Kind::sigmoid>},
                                  {"QLinearSigmoid", activation<Kind::sigmoid>},
                                  {"Tanh", activation<Kind::tanh>},
                                  {"Gelu", activation<Kind::gelu>},
                                  {"FastGelu", activation<Kind::gelu_tanh>},
                                  {"Clip", clip},
                                  {"BatchNormalization", batch_norm},
                                  {"InstanceNormalization", instance_norm},
                                  {"LayerNormalization", layer_norm},
                                  {"Add", add},
                                  {"Sub", add},
                                  {"Mul", mul},
                                  {"Div", div},
                                  {"Pow", power},
                                  {"Sum", sum},
                                  {"QLinearAdd", qlinear_add},
                                  {"QLinearMul", qlinear_mul},
                                  {"Softmax", softmax},
                                  {"QLinearSoftmax", qlinear_softmax},
                                  {"QuantizeLinear", quantise},
                                  {"DequantizeLinear", dequantise},
                                  {"DynamicQuantizeLinear", dynamic_quantise},
                                  {"Where", where},
                                  {"Identity", identity},
                                  {"Dropout", same},
                                  {"Cast", same}};

}  // namespace

std::span<const HandlerEntry> pointwise_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
