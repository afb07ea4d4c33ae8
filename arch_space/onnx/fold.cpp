// SPDX-License-Identifier: Apache-2.0
// Nodes whose inputs are constants: shapes are computed, and weights change their shape.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/einsum.hpp"
#include "arch_space/onnx/fold.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

using Numbers = std::vector<double>;

Value constant(Shape shape, bool whole, std::optional<Numbers> values) {
    Value value{.kind = Value::Kind::constant, .shape = std::move(shape)};
    value.whole = whole;
    value.values = std::move(values);
    if (elements(value.shape) > most_values) value.values.reset();
    return value;
}

double divide(double a, double b, bool whole) {
    if (whole && b == 0) throw Fault("division by zero");
    return whole ? std::trunc(a / b) : a / b;
}

std::optional<double> binary(const std::string& op, double a, double b, bool whole) {
    if (op == "Add") return a + b;
    if (op == "Sub") return a - b;
    if (op == "Mul") return a * b;
    if (op == "Div") return divide(a, b, whole);
    if (op == "Mod") return b == 0 ? throw Fault("division by zero") : a - b * std::floor(a / b);
    if (op == "Pow") return std::pow(a, b);
    if (op == "Min") return std::min(a, b);
    if (op == "Max") return std::max(a, b);
    if (op == "Equal") return a == b;
    if (op == "Less") return a < b;
    if (op == "Greater") return a > b;
    if (op == "LessOrEqual") return a <= b;
    if (op == "GreaterOrEqual") return a >= b;
    if (op == "And") return a != 0 && b != 0;
    if (op == "Or") return a != 0 || b != 0;
    return std::nullopt;
}

std::optional<double> unary(const std::string& op, double a) {
    if (op == "Neg") return -a;
    if (op == "Abs") return std::abs(a);
    if (op == "Floor") return std::floor(a);
    if (op == "Ceil") return std::ceil(a);
    if (op == "Round") return std::nearbyint(a);
    if (op == "Sqrt") return std::sqrt(a);
    if (op == "Not") return a == 0;
    if (op == "Exp") return std::exp(a);
    if (op == "Log") return std::log(a);
    if (op == "Sin") return std::sin(a);
    if (op == "Cos") return std::cos(a);
    if (op == "Reciprocal") return 1 / a;
    if (op == "Sign") return (a > 0 ? 1.0 : 0.0) - (a < 0 ? 1.0 : 0.0);
    return std::nullopt;
}

/// What all elements are.
std::optional<double> all_of(const Value& value) {
    return value.values && value.values->size() == 1 ? std::optional(value.values->front()) : value.fill;
}

bool fold_binary(Importer& importer, const Node& node) {
    const auto &a = importer.in(node, 0), &b = importer.in(node, 1);
    const bool compares = !binary(node.op, 1, 1, false) || node.op == "Equal";
    if (node.inputs.size() != 2 || !binary(node.op, 1, 1, false)) return false;
    auto shape = broadcast(a.shape, b.shape);
    const bool known = a.values && b.values && elements(shape) <= most_values;
    Numbers values(known ? elements(shape) : 0);
    const bool whole = (a.whole && b.whole) || compares;
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = *binary(node.op, (*a.values)[spread_index(i, shape, a.shape)],
                            (*b.values)[spread_index(i, shape, b.shape)], whole);
    auto made = constant(shape, whole, known ? std::optional(values) : std::nullopt);
    made.learned = a.learned + b.learned;
    const auto p = all_of(a), q = all_of(b);
    if (p && q) made.fill = binary(node.op, *p, *q, whole);
    importer.set(node, 0, std::move(made));
    return true;
}

bool fold_unary(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    if (!unary(node.op, 1)) return false;
    if (value.values)
        for (auto& number : *value.values) number = *unary(node.op, number);
    if (value.fill) value.fill = unary(node.op, *value.fill);
    importer.set(node, 0, std::move(value));
    return true;
}

bool fold_cast(Importer& importer, const Node& node) {
    auto value = importer.in(node, 0);
    constexpr std::int64_t floats[] = {1, 10, 11, 16};  // TensorProto's float, float16, double, bfloat16
    value.whole = std::ranges::find(floats, node.integer("to", 1)) == std::end(floats);
    if (value.whole && value.values)
        for (auto& number : *value.values) number = std::trunc(number);
    importer.set(node, 0, std::move(value));
    return true;
}

bool fold_where(Importer& importer, const Node& node) {
    const auto &c = importer.in(node, 0), &a = importer.in(node, 1), &b = importer.in(node, 2);
    const auto shape = broadcast(c.shape, broadcast(a.shape, b.shape));
    if (!c.values || !a.values || !b.values || elements(shape) > most_values) {
        importer.set(node, 0, constant(shape, a.whole, std::nullopt));
        return true;
    }
    Numbers values(elements(shape));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = (*c.values)[spread_index(i, shape, c.shape)] != 0 ? (*a.values)[spread_index(i, shape, a.shape)]
                                                                      : (*b.values)[spread_index(i, shape, b.shape)];
    importer.set(node, 0, constant(shape, a.whole, values));
    return true;
}

bool fold_range(Importer& importer, const Node& node) {
    const auto first = importer.numbers(node, 0), last = importer.numbers(node, 1), step = importer.numbers(node, 2);
    if (first.size() != 1 || last.size() != 1 || step.size() != 1 || !(step[0] != 0)) throw Fault("expected a range");
    const auto count = std::ceil((last[0] - first[0]) / step[0]);
    if (!(count <= static_cast<double>(max_dimension))) throw Fault("too long a range");
    const auto length = static_cast<std::uint64_t>(std::max(0.0, count));
    Numbers values(length <= most_values ? length : 0);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = first[0] + static_cast<double>(i) * step[0];
    importer.set(node, 0, constant({length}, importer.in(node, 0).whole, values));
    return true;
}

bool fold_filled(Importer& importer, const Node& node) {
    Shape shape;
    for (const auto size : whole_numbers(importer, node, "", 0)) {
        if (size < 0) throw Fault(fmt::format("a size of {}", size));
        shape.push_back(static_cast<std::uint64_t>(size));
    }
    const auto found = node.attributes.find("value");
    const auto* fill = found != node.attributes.end() && found->second.tensor ? &*found->second.tensor : nullptr;
    const bool known =
        elements(shape) <= most_values && (fill == nullptr || (fill->values && fill->values->size() == 1));
    const bool given = fill != nullptr && fill->values && fill->values->size() == 1;
    const auto number = given ? fill->values->front() : 0;
    auto made = constant(shape, fill != nullptr && fill->whole,
                         known ? std::optional(Numbers(elements(shape), number)) : std::nullopt);
    if (given || fill == nullptr) made.fill = number;
    importer.set(node, 0, std::move(made));
    return true;
}

bool fold_constant(Importer& importer, const Node& node) {
    if (node.attributes.empty()) throw Fault("a constant without a value");
    const auto& [key, attribute] = *node.attributes.begin();
    using Kind = Attribute::Kind;
    Value value{.kind = Value::Kind::constant, .shape = {}};
    if (attribute.kind == Kind::tensor) {
        value = constant(attribute.tensor->shape, attribute.tensor->whole, attribute.tensor->values);
        value.precision = attribute.tensor->precision;
        value.origin = node.outputs.empty() ? "" : node.outputs[0];
    } else if (attribute.kind == Kind::integer || attribute.kind == Kind::integers) {
        const bool list = attribute.kind == Kind::integers;
        value = constant(list ? Shape{attribute.integers.size()} : Shape{}, true,
                         Numbers(attribute.integers.begin(), attribute.integers.end()));
    } else if (attribute.kind == Kind::number || attribute.kind == Kind::numbers) {
        const bool list = attribute.kind == Kind::numbers;
        value = constant(list ? Shape{attribute.numbers.size()} : Shape{}, false, attribute.numbers);
    } else {
        throw Fault(fmt::format("a constant of kind '{}'", core::shortened(key)));
    }
    importer.set(node, 0, std::move(value));
    return true;
}

bool fold_shape(Importer& importer, const Node& node) {
    const auto& shape = importer.in(node, 0).shape;
    Numbers sizes(shape.begin(), shape.end());
    const auto rank = static_cast<std::int64_t>(shape.size());
    const auto bound = [&](std::int64_t at) {
        return std::clamp<std::int64_t>(at < 0 ? std::max(at, -rank) + rank : at, 0, rank);
    };
    const auto first = bound(node.integer("start", 0)), last = bound(node.integer("end", rank));
    Numbers part(sizes.begin() + first, sizes.begin() + std::max(first, last));
    const Shape length{part.size()};
    importer.set(node, 0, constant(length, true, std::move(part)));
    return true;
}

bool fold_size(Importer& importer, const Node& node) {
    const auto count = static_cast<double>(elements(importer.in(node, 0).shape));
    importer.set(node, 0, constant({}, true, Numbers{count}));
    return true;
}

bool fold_einsum(Importer& importer, const Node& node) {
    importer.set(node, 0, constant(einsum_shape(importer, node), false, std::nullopt));
    return true;
}

bool fold_reduce(Importer& importer, const Node& node) {
    const auto& value = importer.in(node, 0);
    if (!value.values || value.shape.size() > 1 || value.values->empty()) return false;
    auto result = value.values->front();
    const auto op = node.op == "ReduceProd"  ? "Mul"
                    : node.op == "ReduceSum" ? "Add"
                    : node.op == "ReduceMax" ? "Max"
                                             : "Min";
    for (std::size_t i = 1; i < value.values->size(); ++i)
        result = *binary(op, result, (*value.values)[i], value.whole);
    importer.set(node, 0,
                 constant(node.integer("keepdims", 1) != 0 ? Shape{1} : Shape{}, value.whole, Numbers{result}));
    return true;
}

constexpr FoldEntry table[] = {{"Cast", fold_cast},         {"Where", fold_where},
                               {"Range", fold_range},       {"ConstantOfShape", fold_filled},
                               {"Constant", fold_constant}, {"ReduceProd", fold_reduce},
                               {"ReduceSum", fold_reduce},  {"ReduceMax", fold_reduce},
                               {"ReduceMin", fold_reduce},  {"Einsum", fold_einsum}};

}  // namespace

bool fold(Importer& importer, const Node& node) {
    if (node.op == "Shape") return fold_shape(importer, node);
    if (node.op == "Size") return fold_size(importer, node);
    for (std::size_t i = 0; i < node.inputs.size(); ++i)
        if (importer.has(node, i) && !importer.in(node, i).constant()) return false;
    for (const auto& entries : {std::span<const FoldEntry>(table), layout_folds()})
        for (const auto& [op, compute] : entries)
            if (node.op == op) return compute(importer, node);
    if (node.inputs.size() == 1) return fold_unary(importer, node);
    return node.inputs.size() == 2 && fold_binary(importer, node);
}

}  // namespace dyad::arch_space::onnx
