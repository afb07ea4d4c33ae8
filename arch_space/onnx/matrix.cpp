// SPDX-License-Identifier: Apache-2.0
// Matrix products: with weights, or of two activations.
#include <fmt/format.h>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

/// The node that adds a vector of that width to what `node` makes, if it alone reads it.
const Node* added_bias(const Importer& importer, const Node& node, std::uint64_t width) {
    const auto readers = node.outputs.empty() ? std::vector<const Node*>{} : importer.readers(node.outputs[0]);
    if (readers.size() != 1 || readers[0]->op != "Add" || readers[0]->inputs.size() != 2) return nullptr;
    const auto& other = readers[0]->inputs[readers[0]->inputs[0] == node.outputs[0] ? 1 : 0];
    const auto* bias = importer.find(other);
    const bool vector = bias != nullptr && bias->constant() && !bias->shape.empty() && bias->shape.back() == width &&
                        elements(bias->shape) == width;
    return vector && !readers[0]->outputs.empty() ? readers[0] : nullptr;
}

/// x {..., K} times weights {K, N}.
void multiply_weights(Importer& importer, const Node& node, const Value& input, const Value& weights,
                      std::uint64_t width, bool bias) {
    auto shape = input.shape;
    const auto rows = product_of(shape, 0, shape.size() - 1);
    const auto view = rows == 1 ? Shape{shape.back()} : Shape{rows, shape.back()};
    shape.back() = width;
    const auto* add = bias ? nullptr : added_bias(importer, node, width);
    importer.emit_to(node, shape, Linear{width, bias || add != nullptr}, {importer.view(input, view)}, &weights);
    if (add != nullptr) importer.absorb(add->outputs[0]);
}

/// The axes before the matrix as one.
Shape matrices(const Shape& shape) {
    const auto rank = shape.size();
    return {product_of(shape, 0, rank - 2), shape[rank - 2], shape[rank - 1]};
}

Shape plain(const Shape& stack) { return stack[0] == 1 ? Shape{stack[1], stack[2]} : stack; }

/// A stack of `count` copies of one matrix.
Source copies(Importer& importer, const Node& node, const Source& matrix, std::uint64_t count) {
    Node copy{node.name + "_copies", "Gather", {}, {}};
    const auto flat = importer.view(matrix, {1, product_of(matrix.shape, 0, matrix.shape.size())});
    if (count > most_values) throw Fault(fmt::format("{} copies of a matrix", count));
    const auto made = importer.emit(copy, Gather{std::vector<std::uint64_t>(count, 0)}, {flat}).at(0);
    return importer.view(made, {count, matrix.shape[matrix.shape.size() - 2], matrix.shape.back()});
}

void multiply_activations(Importer& importer, const Node& node, const Value& left, const Value& right) {
    if (left.shape.size() < 2 || right.shape.size() < 2) throw Fault("a product with a vector");
    auto a = matrices(left.shape), b = matrices(right.shape);
    if (a[2] != b[1]) throw Fault(fmt::format("cannot multiply {} with {}", to_text(left.shape), to_text(right.shape)));
    const auto lead =
        broadcast({left.shape.begin(), left.shape.end() - 2}, {right.shape.begin(), right.shape.end() - 2});
    auto shape = lead;
    shape.insert(shape.end(), {a[1], b[2]});
    const auto count = product_of(lead, 0, lead.size());
    if ((a[0] != count && a[0] != 1) || (b[0] != count && b[0] != 1))
        throw Fault("stacks of matrices that are spread in part");
    // One matrix on the right of many is one product with all their rows.
    if (b[0] == 1) a = {1, checked(a[0], a[1], max_elements), a[2]};
    auto x = importer.view(left, plain(a)), y = importer.view(right, plain(b));
    if (a[0] == 1 && b[0] != 1) x = copies(importer, node, x, b[0]);
    importer.emit_to(node, shape, MatMul{}, {x, y});
}

/// Each matrix of a stack by weights of its own: linear layers beside each other.
void multiply_stack(Importer& importer, const Node& node, const Value& input, const Value& weights) {
    if (input.shape.size() < 2) throw Fault("a product with a vector");
    const auto a = matrices(input.shape), b = matrices(weights.shape);
    if (elements(weights.shape) == 0 || b[0] > most_values) throw Fault(fmt::format("{} matrices of weights", b[0]));
    auto shape =
        broadcast({input.shape.begin(), input.shape.end() - 2}, {weights.shape.begin(), weights.shape.end() - 2});
    if (product_of(shape, 0, shape.size()) != b[0] || (a[0] != 1 && a[0] != b[0]))
        throw Fault("stacks of matrices that are spread in part");
    shape.insert(shape.end(), {a[1], b[2]});
    auto own = weights;
    own.origin.clear();
    std::vector<Source> parts{importer.view(input, plain(a))}, products;
    const Split split{.axis = 0, .parts = 0, .sizes = std::vector<std::uint64_t>(b[0], 1)};
    const Node cut{node.name + "_parts", "Split", {}, {}}, part{node.name + "_part", "MatMul", {}, {}};
    if (a[0] != 1) parts = importer.emit(cut, split, parts);
    for (std::size_t i = 0; i < b[0]; ++i) {
        const auto rows = importer.view(parts[a[0] != 1 ? i : 0], {a[1], a[2]});
        products.push_back(importer.emit(part, Linear{b[2], false}, {rows}, &own).at(0));
    }
    importer.emit_to(node, shape, Concat{0}, products);
}

struct Places {
    std::size_t left, right;
};

void product(Importer& importer, const Node& node, const Places& places) {
    const auto &left = importer.in(node, places.left), &right = importer.in(node, places.right);
    if (left.constant() && right.activation()) throw Fault("a constant on the left of a product");
    const auto& input = importer.activation(node, places.left);
    if (right.activation()) return multiply_activations(importer, node, input, importer.activation(node, places.right));
    if (input.shape.empty() || right.shape.size() < 2) throw Fault("a product with a vector");
    const auto weights = matrices(right.shape);
    if (weights[1] != input.shape.back())
        throw Fault(fmt::format("cannot multiply {} with {}", to_text(input.shape), to_text(right.shape)));
    if (weights[0] != 1) return multiply_stack(importer, node, input, right);
    multiply_weights(importer, node, input, right, weights[2], false);
}

void matmul(Importer& importer, const Node& node) { product(importer, node, {0, 1}); }
void qlinear_matmul(Importer& importer, const Node& node) { product(importer, node, {0, 3}); }

/// alpha A B + beta C, each of A and B perhaps transposed; the factors are part of the weights.
void gemm(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto& right = importer.in(node, 1);
    if (input.shape.size() != 2 || right.shape.size() != 2) throw Fault("expected two matrices");
    const bool flip_left = node.integer("transA", 0) != 0, flip = node.integer("transB", 0) != 0;
    if (right.activation()) {
        if (importer.has(node, 2)) throw Fault("a sum behind a product of activations");
        const MatMul op{flip_left, flip};
        const Shape shape{input.shape[flip_left ? 1 : 0], right.shape[flip ? 0 : 1]};
        return importer.emit_to(node, shape, op,
                                {importer.view(input, input.shape), importer.view(right, right.shape)});
    }
    if (flip_left && input.shape[0] != 1 && input.shape[1] != 1) throw Fault("a transposed activation");
    auto rows = input;
    if (flip_left) std::swap(rows.shape[0], rows.shape[1]);
    if (right.shape[flip ? 1 : 0] != rows.shape[1])
        throw Fault(fmt::format("cannot multiply {} with {}", to_text(rows.shape), to_text(right.shape)));
    multiply_weights(importer, node, rows, right, right.shape[flip ? 0 : 1], importer.has(node, 2));
}

/// QGemm of ONNX Runtime: A, its scale and zero point, B, its own, C.
void quantised_gemm(Importer& importer, const Node& node) {
    auto simple = node;
    simple.op = "Gemm";
    simple.inputs = {node.inputs.at(0), node.inputs.size() > 3 ? node.inputs[3] : "",
                     importer.has(node, 6) ? node.inputs[6] : ""};
    gemm(importer, simple);
}

constexpr HandlerEntry table[] = {{"MatMul", matmul},
                                  {"MatMulInteger", matmul},
                                  {"QLinearMatMul", qlinear_matmul},
                                  {"Gemm", gemm},
                                  {"QGemm", quantised_gemm}};

}  // namespace

std::span<const HandlerEntry> matrix_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
