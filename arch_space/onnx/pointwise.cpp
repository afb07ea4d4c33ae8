// SPDX-License-Identifier: Apache-2.0
// Element by element: activations, sums and products, normalisation, softmax, quantisation.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/points.hpp"
#include "arch_space/onnx/pointwise.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

void activation(Importer& importer, const Node& node, Activation::Kind kind) {
    const auto& input = importer.activation(node, 0);
    importer.emit_to(node, input.shape, Activation{kind}, {input.source});
}

/// A slope for each channel, or one for all.
void prelu(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto& slopes = importer.in(node, 1);
    if (!slopes.constant()) throw Fault("slopes that are computed");
    if (elements(slopes.shape) == 1) return activation(importer, node, Activation::Kind::leaky_relu);
    const bool is_image = input.shape.size() >= 3;
    const auto channels = input.shape.size() < 2 ? 0 : input.shape[1];
    if (elements(slopes.shape) != channels)
        throw Fault(fmt::format("slopes {} for an input {}", to_text(slopes.shape), to_text(input.shape)));
    const auto source = is_image ? importer.view(input, image(input.shape)) : input.source;
    importer.emit_to(node, input.shape, Activation{Activation::Kind::prelu}, {source}, &slopes);
}

void same(Importer& importer, const Node& node) { importer.set(node, 0, importer.in(node, 0)); }

std::string without_digits(std::string name) {
    std::erase_if(name, [](char c) { return c >= '0' && c <= '9'; });
    return name;
}

/// Exporters keep one of several equal tables. Those of one number only happen to be equal, such as scales before
/// training, and so do those of layers that only a number tells apart: copies of one layer, not yet trained
/// (torch.nn.TransformerEncoder makes its layers so). Others are shared.
void identity(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    const bool even =
        value.constant() && value.values && !value.values->empty() &&
        std::ranges::all_of(*value.values, [&](double number) { return number == value.values->front(); });
    const auto name = node.outputs.empty() ? std::string() : node.outputs[0];
    if (even || without_digits(name) == without_digits(value.origin)) value.origin = name;
    importer.set(node, 0, std::move(value));
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

/// What all elements of a constant are.
std::optional<double> even(const Value& value) {
    if (!value.values || value.values->empty()) return value.fill;
    const auto first = value.values->front();
    const bool same = std::ranges::all_of(*value.values, [&](double number) { return number == first; });
    return same ? std::optional(first) : std::nullopt;
}

/// Hides scores before a softmax: nothing, or far below all of them; where values are too many to be kept, the same for
/// all heads.
bool is_mask(const Value& value) {
    if (value.learned == 0) return true;
    if (!value.values) return value.shape.size() < 3 || product_of(value.shape, 0, value.shape.size() - 2) == 1;
    return std::ranges::all_of(*value.values, [](double number) { return number == 0 || number < -1e3; });
}

/// Whether only softmaxes read what a node makes, perhaps in another shape.
bool only_softened(const Importer& importer, const Node& node, int depth = 2) {
    const auto readers = node.outputs.empty() ? std::vector<const Node*>{} : importer.readers(node.outputs[0]);
    return !readers.empty() && std::ranges::all_of(readers, [&](const Node* reader) {
        return reader->op == "Softmax" ||
               (reader->op == "Reshape" && depth > 0 && only_softened(importer, *reader, depth - 1));
    });
}

/// Whether a product with or sum of a constant is left out: a number that all elements are scaled or shifted by belongs
/// to the weights or to the product before it, and so does a mask before a softmax.
bool left_out(Importer& importer, const Node& node, const Value& other, bool sum) {
    if (elements(other.shape) == 1 || (other.learned == 0 && even(other) == (sum ? 0.0 : 1.0))) return true;
    return sum && is_mask(other) && only_softened(importer, node);
}

/// A learned vector for each position.
void add_positions(Importer& importer, const Node& node, const Value& input, const Value& other, const Shape& shape) {
    const auto tokens = product_of(input.shape, 0, input.shape.size() - 1);
    const auto source = importer.view(input, {tokens, input.shape.back()});
    importer.emit_to(node, shape, Position{other.entries > tokens ? other.entries : tokens}, {source}, &other);
}

void join_constant(Importer& importer, const Node& node, const Value& input, const Value& other, bool sum) {
    auto shape = broadcast(input.shape, other.shape);
    const bool kept = elements(shape) == elements(input.shape);
    if (!sum && other.learned == 0 && even(other) == 0.0 && kept)
        return importer.emit_to(node, shape, Zero{}, {input.source});
    if (kept && left_out(importer, node, other, sum)) {
        auto value = input;
        value.shape = std::move(shape);
        return importer.set(node, 0, std::move(value));
    }
    const auto rank = input.shape.size();
    const bool sequence = rank >= 2 && product_of(input.shape, 0, rank - 2) == 1;
    if (sum && sequence && other.learned != 0 && elements(other.shape) == elements(input.shape))
        return add_positions(importer, node, input, other, shape);
    const auto [x, y] = joined_views(input, other);
    Table table{sum ? Table::Kind::shift : Table::Kind::scale, y, {}};
    // A table that was picked from has all that is stored, a part of one what it has.
    const auto learned = other.origin.empty() ? std::min(other.learned, elements(y)) : other.learned;
    if (learned != elements(y)) table.learned = learned;
    importer.emit_to(node, shape, std::move(table), {importer.view(input, x)}, other.learned != 0 ? &other : nullptr);
}

void elementwise(Importer& importer, const Node& node, std::size_t i, std::size_t j, Elementwise::Kind kind) {
    const auto &a = importer.in(node, i), &b = importer.in(node, j);
    const bool sum = kind == Elementwise::Kind::add;
    if (a.constant() && b.constant()) {  // of values that the file does not give, such as computed scales
        Value made{.kind = Value::Kind::constant, .shape = broadcast(a.shape, b.shape)};
        made.learned = a.learned + b.learned;
        return importer.set(node, 0, std::move(made));
    }
    if (a.constant()) return join_constant(importer, node, importer.activation(node, j), a, sum);
    if (b.constant()) return join_constant(importer, node, importer.activation(node, i), b, sum);
    join(importer, node, importer.activation(node, i), importer.activation(node, j), kind);
}

void add(Importer& importer, const Node& node) { elementwise(importer, node, 0, 1, Elementwise::Kind::add); }
void subtract(Importer& importer, const Node& node) {
    if (!subtract_centroids(importer, node)) add(importer, node);
}
void mul(Importer& importer, const Node& node) { elementwise(importer, node, 0, 1, Elementwise::Kind::mul); }
void qlinear_add(Importer& importer, const Node& node) { elementwise(importer, node, 0, 3, Elementwise::Kind::add); }
void qlinear_mul(Importer& importer, const Node& node) { elementwise(importer, node, 0, 3, Elementwise::Kind::mul); }

/// A constant divided by an activation is a product with its reciprocal.
void div(Importer& importer, const Node& node) {
    const auto &dividend = importer.in(node, 0), &divisor = importer.in(node, 1);
    if (divisor.constant()) return elementwise(importer, node, 0, 1, Elementwise::Kind::mul);
    if (dividend.constant()) {
        const auto& input = importer.activation(node, 1);
        const Node part{node.name + "_reciprocal", "Reciprocal", {}, {}};
        auto value = input;
        value.source = importer.emit(part, Activation{Activation::Kind::reciprocal}, {input.source}).at(0);
        return join_constant(importer, node, value, dividend, false);
    }
    join(importer, node, importer.activation(node, 0), importer.activation(node, 1), Elementwise::Kind::div);
}

/// Whole powers are products, that of a half a root.
void power(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto exponent = scalar(importer.in(node, 1));
    if (exponent == 1.0) return same(importer, node);
    // PyTorch's distances have 1 / (2 + 1e-6) there
    if (exponent && std::abs(*exponent - 0.5) < 1e-6) return activation(importer, node, Activation::Kind::sqrt);
    if (exponent != 2.0 && exponent != 3.0) throw Fault("a power other than 1/2, 1, 2 and 3");
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
void softmax_across(Importer& importer, const Node& node, const Value& input, std::size_t axis, bool log) {
    const auto& shape = input.shape;
    const Shape stack{product_of(shape, 0, axis), shape[axis], product_of(shape, axis + 1, shape.size())};
    Node turned{node.name + "_turned", "Transpose", {}, {}}, back{node.name + "_back", "Transpose", {}, {}};
    const auto across = importer.emit(turned, Transpose{{0, 2, 1}}, {importer.view(input, stack)});
    const auto soft = importer.emit(node, Softmax{log}, across);
    auto made = importer.emit(back, Transpose{{0, 2, 1}}, soft).at(0);
    importer.set(node, 0, {.kind = Value::Kind::activation, .shape = shape, .source = std::move(made)});
}

/// Softmax over the last `width` elements of each row.
void soften_rows(Importer& importer, const Node& node, const Value& input, std::uint64_t width, bool log) {
    if (input.source.shape.back() == width) return importer.emit_to(node, input.shape, Softmax{log}, {input.source});
    const auto rows = elements(input.shape) / std::max<std::uint64_t>(1, width);
    importer.emit_to(node, input.shape, Softmax{log}, {importer.view(input, {rows, width})});
}

/// Before operator set 13 all axes from `axis` on are one.
void softmax(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto& shape = input.shape;
    const bool early = importer.model().opset < 13, log = node.op == "LogSoftmax";
    const auto axis = axis_of(node.integer("axis", early ? 1 : -1), shape.size());
    const auto width = product_of(shape, axis, early ? shape.size() : axis + 1);
    if (!early && product_of(shape, axis + 1, shape.size()) != 1)
        return softmax_across(importer, node, input, axis, log);
    soften_rows(importer, node, input, width, log);
}

/// QLinearSoftmax of ONNX Runtime: its own attribute says which operator set it follows.
void qlinear_softmax(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto axis = axis_of(node.integer("axis", -1), input.shape.size());
    const auto width = product_of(input.shape, axis, input.shape.size());
    if (node.integer("opset", 13) >= 13 && width != input.shape[axis])
        return softmax_across(importer, node, input, axis, false);
    soften_rows(importer, node, input, width, false);
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

/// Choosing between an activation and a number is a mask: left out where it is known or before a softmax, elsewhere a
/// product.
void hide(Importer& importer, const Node& node, const Value& value, const Value& other) {
    const auto& mask = importer.in(node, 0);
    if (elements(other.shape) != 1 && !even(other)) throw Fault("a choice between an activation and a tensor");
    const auto shape = broadcast(value.shape, mask.shape);
    if (elements(shape) != elements(value.shape)) throw Fault("a mask larger than what it hides");
    if (mask.activation() && !only_softened(importer, node))
        return join(importer, node, value, mask, Elementwise::Kind::mul);
    auto kept = value;
    kept.shape = shape;
    importer.set(node, 0, std::move(kept));
}

void where(Importer& importer, const Node& node) {
    const auto &mask = importer.in(node, 0), &a = importer.in(node, 1), &b = importer.in(node, 2);
    if (a.constant() != b.constant()) return hide(importer, node, a.constant() ? b : a, a.constant() ? a : b);
    if (a.constant() || mask.constant() || a.shape != b.shape || a.shape != mask.shape)
        throw Fault("a choice between activations of several shapes, or by a constant");
    const auto& to = a.source.shape;
    importer.emit_to(node, a.shape, Elementwise{Elementwise::Kind::select},
                     {importer.view(mask, to), a.source, importer.view(b, to)});
}

constexpr HandlerEntry table[] = {{"PRelu", prelu},
                                  {"BatchNormalization", batch_norm},
                                  {"InstanceNormalization", instance_norm},
                                  {"LayerNormalization", layer_norm},
                                  {"Add", add},
                                  {"Sub", subtract},
                                  {"Mul", mul},
                                  {"Div", div},
                                  {"Pow", power},
                                  {"Sum", sum},
                                  {"QLinearAdd", qlinear_add},
                                  {"QLinearMul", qlinear_mul},
                                  {"Softmax", softmax},
                                  {"LogSoftmax", softmax},
                                  {"QLinearSoftmax", qlinear_softmax},
                                  {"QuantizeLinear", quantise},
                                  {"DequantizeLinear", dequantise},
                                  {"DynamicQuantizeLinear", dynamic_quantise},
                                  {"Where", where},
                                  {"Identity", identity},
                                  {"Dropout", same},
                                  {"Cast", same}};

}  // namespace

void join_activations(Importer& importer, const Node& node, Elementwise::Kind kind) {
    join(importer, node, importer.activation(node, 0), importer.activation(node, 1), kind);
}

void join_table(Importer& importer, const Node& node, const Value& input, const Value& table, bool sum) {
    join_constant(importer, node, input, table, sum);
}

std::span<const HandlerEntry> pointwise_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
