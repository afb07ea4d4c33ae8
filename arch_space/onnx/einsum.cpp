// SPDX-License-Identifier: Apache-2.0
// Einsum: what is a batched matrix product, a product with weights, or another order of axes.
#include <fmt/format.h>

#include <algorithm>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/einsum.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

bool has(const std::string& labels, char label) { return labels.find(label) != std::string::npos; }

/// Axes that "..." stands for, counted from the end so that operands share them.
std::string dots(std::size_t count) {
    std::string labels;
    for (std::size_t i = count; i-- > 0;) labels += static_cast<char>('0' + i);
    return labels;
}

std::string expanded(const std::string& term, std::size_t rank) {
    if (term.find_first_of("0123456789") != std::string::npos)
        throw Fault(fmt::format("'{}' as labels of axes", core::shortened(term)));
    const auto at = term.find("...");
    const auto named = term.size() - (at == std::string::npos ? 0 : 3);
    const bool fits = at == std::string::npos ? named == rank : named <= rank && rank - named < 10;
    if (!fits) throw Fault(fmt::format("'{}' for {} axes", core::shortened(term), rank));
    auto labels = at == std::string::npos ? term : term.substr(0, at) + dots(rank - named) + term.substr(at + 3);
    for (const auto label : labels) {
        const bool letter = (label >= 'a' && label <= 'z') || (label >= 'A' && label <= 'Z') || has(dots(9), label);
        if (!letter || std::ranges::count(labels, label) != 1)
            throw Fault(fmt::format("'{}' as labels of axes", core::shortened(term)));
    }
    return labels;
}

/// Without "->": what comes once, in order, what "..." stands for before.
std::string implied(const std::vector<std::string>& terms) {
    std::string once, open;
    for (const auto& term : terms)
        for (const auto label : term) {
            std::size_t times = 0;
            for (const auto& other : terms) times += has(other, label) ? 1 : 0;
            auto& to = label >= '0' && label <= '9' ? open : once;
            if ((times == 1 || &to == &open) && !has(to, label)) to += label;
        }
    std::ranges::sort(once);
    std::ranges::sort(open, std::greater<>());
    return open + once;
}

/// Sizes by label. Throws Fault where two operands differ.
std::map<char, std::uint64_t> sizes_of(const std::vector<std::string>& terms, const std::vector<Shape>& shapes) {
    std::map<char, std::uint64_t> sizes;
    for (std::size_t i = 0; i < terms.size(); ++i)
        for (std::size_t axis = 0; axis < terms[i].size(); ++axis) {
            const auto [at, first] = sizes.emplace(terms[i][axis], shapes[i][axis]);
            if (!first && at->second != shapes[i][axis])
                throw Fault(fmt::format("'{}' is {} and {}", terms[i][axis], at->second, shapes[i][axis]));
        }
    return sizes;
}

Shape shape_of(const std::string& labels, const std::map<char, std::uint64_t>& sizes) {
    Shape shape;
    for (const auto label : labels) shape.push_back(sizes.at(label));
    return shape;
}

/// A value with its axes in another order; a node of its own where elements move.
Value ordered(Importer& importer, const Node& node, const std::string& name, const Value& value,
              const std::string& from, const std::string& to) {
    if (from == to) return value;
    Node turn{node.name + name, "Transpose", {node.outputs.at(0) + name + "_in"}, {node.outputs[0] + name}};
    auto& order = turn.attributes["perm"];
    order.kind = Attribute::Kind::integers;
    for (const auto label : to) order.integers.push_back(static_cast<std::int64_t>(from.find(label)));
    importer.set(Node{"", "", {}, turn.inputs}, 0, value);
    if (!fold(importer, turn)) find_handler("Transpose")(importer, turn);
    return importer.in(Node{"", "", turn.outputs, {}}, 0);
}

/// How the labels of a product of two take part in it.
struct Roles {
    std::string stack, left, summed, right;
};

Roles roles_of(const Terms& terms) {
    Roles roles;
    const auto &a = terms.operands[0], &b = terms.operands[1];
    for (const auto label : a) {
        const bool other = has(b, label), out = has(terms.out, label);
        if (!other && !out) throw Fault(fmt::format("'{}' is summed in one operand alone", label));
        (other && out ? roles.stack : other ? roles.summed : roles.left) += label;
    }
    for (const auto label : b)
        if (!has(a, label)) roles.right += label;
    for (const auto label : roles.right)
        if (!has(terms.out, label)) throw Fault(fmt::format("'{}' is summed in one operand alone", label));
    return roles;
}

std::uint64_t product(const std::string& labels, const std::map<char, std::uint64_t>& sizes) {
    return elements(shape_of(labels, sizes));
}

using Sizes = std::map<char, std::uint64_t>;

/// Both are activations: one stack of matrix products; a side whose axes lie the other way is read so.
Source multiply(Importer& importer, const Node& node, const Terms& terms, const Roles& r, const Sizes& sizes) {
    const auto stack = product(r.stack, sizes), rows = product(r.left, sizes), sum = product(r.summed, sizes),
               columns = product(r.right, sizes);
    const MatMul op{terms.operands[0] == r.stack + r.summed + r.left && r.left.size() > 0 && r.summed.size() > 0,
                    terms.operands[1] == r.stack + r.right + r.summed && r.right.size() > 0 && r.summed.size() > 0};
    const auto left = op.transpose_left ? r.stack + r.summed + r.left : r.stack + r.left + r.summed;
    const auto right = op.transpose_right ? r.stack + r.right + r.summed : r.stack + r.summed + r.right;
    const auto a = ordered(importer, node, "_left", importer.activation(node, 0), terms.operands[0], left);
    const auto b = ordered(importer, node, "_right", importer.activation(node, 1), terms.operands[1], right);
    const auto matrix = [&](std::uint64_t h, std::uint64_t w, bool flip) {
        Shape shape = flip ? Shape{stack, w, h} : Shape{stack, h, w};
        if (stack == 1) shape.erase(shape.begin());
        return shape;
    };
    const auto x = importer.view(a, matrix(rows, sum, op.transpose_left)),
               y = importer.view(b, matrix(sum, columns, op.transpose_right));
    return importer.emit(node, op, {x, y}).at(0);
}

/// The second operand is weights: a linear layer, or one for each matrix of a stack.
Source project(Importer& importer, const Node& node, const Terms& terms, const Roles& r, const Sizes& sizes) {
    const auto stack = product(r.stack, sizes), rows = product(r.left, sizes), sum = product(r.summed, sizes),
               columns = product(r.right, sizes);
    const auto input =
        ordered(importer, node, "_left", importer.activation(node, 0), terms.operands[0], r.stack + r.left + r.summed);
    auto weights = importer.in(node, 1);
    const Linear op{columns, false};
    if (stack == 1) return importer.emit(node, op, {importer.view(input, {rows, sum})}, &weights).at(0);
    if (stack > most_values) throw Fault(fmt::format("{} matrices of weights", stack));
    weights.origin.clear();
    const Node cut{node.name + "_parts", "Split", {}, {}}, part{node.name + "_part", "MatMul", {}, {}};
    const Split split{.axis = 0, .parts = 0, .sizes = std::vector<std::uint64_t>(stack, 1)};
    std::vector<Source> products;
    for (const auto& piece : importer.emit(cut, split, {importer.view(input, {stack, rows, sum})}))
        products.push_back(importer.emit(part, op, {importer.view(piece, {rows, sum})}, &weights).at(0));
    return importer.emit(node, Concat{0}, products).at(0);
}

void einsum(Importer& importer, const Node& given) {
    if (given.outputs.empty()) throw Fault("no output");
    auto node = given;
    auto terms = terms_of(importer, node);
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) shapes.push_back(importer.in(node, i).shape);
    if (node.inputs.size() == 1) {
        if (terms.out.size() != terms.operands[0].size()) throw Fault("a sum over axes of one operand");
        return importer.set(
            node, 0, ordered(importer, node, "_turned", importer.activation(node, 0), terms.operands[0], terms.out));
    }
    if (importer.in(node, 0).constant()) {
        std::swap(node.inputs[0], node.inputs[1]);
        std::swap(terms.operands[0], terms.operands[1]);
    }
    const auto sizes = sizes_of(terms_of(importer, given).operands, shapes);
    const auto roles = roles_of(terms);
    const auto made = importer.in(node, 1).constant() ? project(importer, node, terms, roles, sizes)
                                                      : multiply(importer, node, terms, roles, sizes);
    const auto order = roles.stack + roles.left + roles.right;
    const Value value{.kind = Value::Kind::activation, .shape = shape_of(order, sizes), .source = made};
    importer.set(node, 0, ordered(importer, node, "_turned", value, order, terms.out));
}

constexpr HandlerEntry table[] = {{"Einsum", einsum}};

}  // namespace

Terms terms_of(const Importer& importer, const Node& node) {
    auto text = node.text("equation", "");
    std::erase(text, ' ');
    if (node.inputs.empty() || node.inputs.size() > 2) throw Fault("expected one or two operands");
    const auto arrow = text.find("->");
    auto rest = text.substr(0, arrow) + ",";
    Terms terms;
    std::size_t open = 0;
    for (auto end = rest.find(','); end != std::string::npos; end = rest.find(',')) {
        const auto i = terms.operands.size();
        if (i >= node.inputs.size()) throw Fault(fmt::format("'{}' for {} operands", core::shortened(text), i));
        const auto term = rest.substr(0, end);
        const auto rank = importer.in(node, i).shape.size();
        terms.operands.push_back(expanded(term, rank));
        if (term.find("...") != std::string::npos) open = std::max(open, rank + 3 - term.size());
        rest.erase(0, end + 1);
    }
    if (terms.operands.size() != node.inputs.size())
        throw Fault(fmt::format("'{}' for {} operands", core::shortened(text), node.inputs.size()));
    if (arrow == std::string::npos) {
        terms.out = implied(terms.operands);
        return terms;
    }
    const auto out = text.substr(arrow + 2);
    const bool dotted = out.find("...") != std::string::npos;
    terms.out = expanded(out, dotted ? out.size() - 3 + open : out.size());
    for (const auto label : terms.out)
        if (std::ranges::none_of(terms.operands, [&](const auto& term) { return has(term, label); }))
            throw Fault(fmt::format("'{}' is in no operand", label));
    return terms;
}

Shape einsum_shape(const Importer& importer, const Node& node) {
    const auto terms = terms_of(importer, node);
    std::vector<Shape> shapes;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) shapes.push_back(importer.in(node, i).shape);
    return shape_of(terms.out, sizes_of(terms.operands, shapes));
}

std::span<const HandlerEntry> einsum_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
