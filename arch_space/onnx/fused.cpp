// SPDX-License-Identifier: Apache-2.0
// What ONNX Runtime's optimiser makes one operator of (com.microsoft).
#include <fmt/format.h>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

Source rows(Importer& importer, const Value& value) {
    const auto& shape = value.shape;
    if (shape.empty()) throw Fault("expected rows");
    return importer.view(value, {product_of(shape, 0, shape.size() - 1), shape.back()});
}

/// A vector added to each row, if the node has one.
Source with_bias(Importer& importer, const Node& node, std::size_t i, Source source) {
    if (!importer.has(node, i)) return source;
    const auto& bias = importer.in(node, i);
    if (!bias.constant() || elements(bias.shape) != source.shape.back())
        throw Fault(fmt::format("a bias {} for {}", to_text(bias.shape), to_text(source.shape)));
    const Node add{node.name + "_bias", "Add", {}, {}};
    return importer.emit(add, Table{Table::Kind::shift, {1, source.shape.back()}, {}}, {source}, &bias).at(0);
}

/// Bias and GELU.
void biased_gelu(Importer& importer, const Node& node) {
    const auto& input = importer.activation(node, 0);
    const auto source = with_bias(importer, node, 1, rows(importer, input));
    const auto kind = node.op == "FastGelu" ? Activation::Kind::gelu_tanh : Activation::Kind::gelu;
    importer.emit_to(node, input.shape, Activation{kind}, {source});
}

/// Input, skip, scale, shift, bias: their sum, normalised; the fourth output is the sum itself.
void skip_layer_norm(Importer& importer, const Node& node) {
    const auto &input = importer.activation(node, 0), &skip = importer.activation(node, 1);
    if (input.shape != skip.shape)
        throw Fault(fmt::format("cannot join {} and {}", to_text(input.shape), to_text(skip.shape)));
    const Node add{node.name + "_sum", "Add", {}, {}};
    const auto first = with_bias(importer, node, 4, rows(importer, input));
    auto sum = input;
    sum.source = importer.emit(add, Elementwise{Elementwise::Kind::add}, {first, rows(importer, skip)}).at(0);
    emit_norm(importer, node, sum, {Normalisation::Kind::layer}, &importer.in(node, 2), 1);
    importer.set(node, 3, std::move(sum));
}

Source looked_up(Importer& importer, const Node& node, std::size_t ids, std::size_t table) {
    const auto& rows = importer.in(node, table);
    if (!rows.constant() || rows.shape.size() != 2) throw Fault("expected rows of a table");
    const auto& index = importer.activation(node, ids);
    const Node part{node.name + "_table", "Gather", {}, {}};
    const Embedding op{rows.shape[0], rows.shape[1]};
    return importer.emit(part, op, {importer.view(index, {elements(index.shape)})}, &rows).at(0);
}

/// Sum of the embeddings of words, positions and perhaps segments, normalised.
void embed_layer_norm(Importer& importer, const Node& node) {
    const auto& ids = importer.activation(node, 0);
    const auto& places = importer.in(node, 3);
    if (!places.constant() || places.shape.size() != 2) throw Fault("expected rows of a table");
    auto sum = looked_up(importer, node, 0, 2);
    const Node place{node.name + "_positions", "Add", {}, {}}, add{node.name + "_sum", "Add", {}, {}};
    sum = importer.emit(place, Position{places.shape[0]}, {sum}, &places).at(0);
    if (importer.has(node, 1) && importer.has(node, 4))
        sum = importer.emit(add, Elementwise{Elementwise::Kind::add}, {sum, looked_up(importer, node, 1, 4)}).at(0);
    auto shape = ids.shape;
    shape.push_back(sum.shape.back());
    const Value value{.kind = Value::Kind::activation, .shape = shape, .source = sum};
    emit_norm(importer, node, value, {Normalisation::Kind::layer}, &importer.in(node, 5), 1);
    importer.set(node, 1, {.kind = Value::Kind::constant, .shape = {1}});  // a mask
}

constexpr HandlerEntry table[] = {{"BiasGelu", biased_gelu},
                                  {"FastGelu", biased_gelu},
                                  {"SkipLayerNormalization", skip_layer_norm},
                                  {"EmbedLayerNormalization", embed_layer_norm}};

}  // namespace

std::span<const HandlerEntry> fused_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
