// SPDX-License-Identifier: Apache-2.0
// Attention as one operator: ONNX Runtime's Attention, MultiHeadAttention and GroupQueryAttention (com.microsoft).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "arch_space/onnx/arguments.hpp"
#include "arch_space/onnx/handlers.hpp"
#include "arch_space/onnx/shapes.hpp"

namespace dyad::arch_space::onnx {
namespace {

using Operands = std::array<Source, 3>;  ///< queries, keys, values {tokens, width}

std::uint64_t heads_of(const Node& node, const char* key) {
    const auto heads = node.integer(key, 0);
    if (heads < 1 || heads > static_cast<std::int64_t>(max_dimension)) throw Fault(fmt::format("{} {}", key, heads));
    return static_cast<std::uint64_t>(heads);
}

/// {1, tokens, width} as a layer's output {tokens, width}.
Source sequence(Importer& importer, const Node& node, std::size_t i) {
    const auto& value = importer.activation(node, i);
    if (value.shape.size() != 3 || value.shape[0] != 1)
        throw Fault(fmt::format("expected 1 x tokens x width, found {}", to_text(value.shape)));
    return importer.view(value, {value.shape[1], value.shape[2]});
}

std::vector<Source> parts(Importer& importer, const Node& node, const Source& joined,
                          std::vector<std::uint64_t> sizes) {
    const Node part{node.name + "_parts", "Split", {}, {}};
    return importer.emit(part, Split{.axis = 1, .parts = 0, .sizes = std::move(sizes)}, {joined});
}

/// Tokens of earlier steps in {..., past, width of a head}.
std::uint64_t past(Importer& importer, const Node& node, std::size_t i) {
    if (!importer.has(node, i)) return 0;
    const auto& shape = importer.in(node, i).shape;
    if (shape.size() < 4) throw Fault(fmt::format("past keys {}", to_text(shape)));
    return shape[shape.size() - 2];
}

/// An additive mask is left out; a learned one is none.
void refuse_bias(Importer& importer, const Node& node, std::size_t i) {
    if (importer.has(node, i) && (importer.in(node, i).activation() || importer.in(node, i).learned != 0))
        throw Fault("a bias of the scores is not read, expected a mask");
}

/// What comes out; keys and values for the next step are those of this one, behind the earlier ones.
void attend(Importer& importer, const Node& node, const Attention& op, const Operands& in) {
    const Shapes shapes{in[0].shape, in[1].shape, in[2].shape};
    const auto out = infer(op, shapes).at(0);
    importer.emit_to(node, {1, out[0], out[1]}, op, {in[0], in[1], in[2]});
    for (std::size_t i = 1; i < node.outputs.size(); ++i) {
        const auto& made = in[i < 3 ? i : 2];
        importer.set(node, i,
                     {.kind = Value::Kind::activation, .shape = {1, made.shape[0], made.shape[1]}, .source = made});
    }
}

/// Projections and products in one.
void attention(Importer& importer, const Node& node) {
    const auto input = sequence(importer, node, 0);
    const auto& weights = importer.in(node, 1);
    if (!weights.constant() || weights.shape.size() != 2 || weights.shape[0] != input.shape[1])
        throw Fault(fmt::format("weights {} for {}", to_text(weights.shape), to_text(input.shape)));
    refuse_bias(importer, node, 5);
    const auto width = weights.shape[1];
    std::vector<std::uint64_t> sizes(3, width / 3);
    if (node.has("qkv_hidden_sizes")) {
        sizes.clear();
        for (const auto size : node.integers("qkv_hidden_sizes"))
            sizes.push_back(std::min(width, static_cast<std::uint64_t>(std::max<std::int64_t>(0, size))));
    }
    if (sizes.size() != 3 || sizes[0] + sizes[1] + sizes[2] != width) throw Fault("queries, keys and values differ");
    const Node projection{node.name + "_projection", "MatMul", {}, {}};
    const auto joined = importer.emit(projection, Linear{width, importer.has(node, 2)}, {input}, &weights).at(0);
    const auto in = parts(importer, node, joined, sizes);
    const auto heads = heads_of(node, "num_heads");
    Attention op{.heads = heads, .kv_heads = heads, .causal = node.integer("unidirectional", 0) != 0};
    op.cache = past(importer, node, 4);
    attend(importer, node, op, {in[0], in[1], in[2]});
}

/// {1, tokens, heads, n, width of a head}: n operands {tokens, heads * width}.
std::vector<Source> unpacked(Importer& importer, const Node& node, const Value& packed) {
    const auto& s = packed.shape;
    const auto made =
        parts(importer, node, importer.view(packed, {s[1] * s[2], s[3], s[4]}), std::vector<std::uint64_t>(s[3], 1));
    std::vector<Source> all;
    for (const auto& part : made) all.push_back(importer.view(part, {s[1], s[2] * s[4]}));
    return all;
}

/// {1, tokens, width}, or {1, heads, tokens, width of a head} as it is kept for later steps.
Source keys_or_values(Importer& importer, const Node& node, std::size_t i) {
    const auto& value = importer.activation(node, i);
    const auto& s = value.shape;
    if (s.size() != 4 || s[0] != 1) return sequence(importer, node, i);
    const Node turn{node.name + "_turned", "Transpose", {}, {}};
    const auto turned = importer.emit(turn, Transpose{{1, 0, 2}}, {importer.view(value, {s[1], s[2], s[3]})}).at(0);
    return importer.view(turned, {s[2], s[1] * s[3]});
}

Operands operands(Importer& importer, const Node& node) {
    const auto& query = importer.activation(node, 0);
    if (query.shape.size() == 5 && query.shape[3] == 3) {
        const auto all = unpacked(importer, node, query);
        return {all[0], all[1], all[2]};
    }
    const auto first = sequence(importer, node, 0);
    const auto& key = importer.activation(node, 1);
    if (key.shape.size() == 5 && key.shape[3] == 2) {
        const auto both = unpacked(importer, node, key);
        return {first, both[0], both[1]};
    }
    return {first, keys_or_values(importer, node, 1), keys_or_values(importer, node, 2)};
}

/// A bias of the projections before: each operand's part of it.
void add_bias(Importer& importer, const Node& node, Operands& in, const Value& bias) {
    std::uint64_t width = 0;
    for (const auto& operand : in) width += operand.shape[1];
    if (!bias.constant() || elements(bias.shape) != width)
        throw Fault(fmt::format("a bias {} for {} columns", to_text(bias.shape), width));
    auto part = bias;
    part.origin.clear();
    const Node add{node.name + "_bias", "Add", {}, {}};
    for (auto& operand : in)
        operand = importer.emit(add, Table{Table::Kind::shift, {1, operand.shape[1]}, {}}, {operand}, &part).at(0);
}

void multi_head(Importer& importer, const Node& node) {
    refuse_bias(importer, node, 5);
    auto in = operands(importer, node);
    if (importer.has(node, 3)) add_bias(importer, node, in, importer.in(node, 3));
    const auto heads = heads_of(node, "num_heads");
    Attention op{.heads = heads, .kv_heads = heads, .causal = node.integer("unidirectional", 0) != 0};
    op.cache = past(importer, node, 6);
    attend(importer, node, op, in);
}

/// Rotary positions: x cos + (x turned by halves) sin.
Source rotated(Importer& importer, const Node& node, const Source& x) {
    const Node turn{node.name + "_rotary", "Mul", {}, {}};
    const Table table{Table::Kind::scale, x.shape, 0};
    const auto a = importer.emit(turn, table, {x}).at(0), b = importer.emit(turn, table, {x}).at(0);
    return importer.emit(turn, Elementwise{Elementwise::Kind::add}, {a, b}).at(0);
}

void group_query(Importer& importer, const Node& node) {
    const auto heads = heads_of(node, "num_heads"), kv_heads = heads_of(node, "kv_num_heads");
    const auto first = sequence(importer, node, 0);
    Operands in{first, first, first};
    if (importer.has(node, 1)) {
        in = {first, sequence(importer, node, 1), sequence(importer, node, 2)};
    } else {
        const auto head = first.shape[1] / checked(1, heads + 2 * kv_heads, max_elements);
        const auto all = parts(importer, node, first, {heads * head, kv_heads * head, kv_heads * head});
        in = {all[0], all[1], all[2]};
    }
    for (std::size_t i = 0; i < 2 && node.integer("do_rotary", 0) != 0; ++i) in[i] = rotated(importer, node, in[i]);
    Attention op{.heads = heads, .kv_heads = kv_heads, .causal = true};
    const auto window = node.integer("local_window_size", -1);
    if (window > static_cast<std::int64_t>(max_dimension)) throw Fault(fmt::format("local_window_size {}", window));
    if (window > 0) op.window = static_cast<std::uint64_t>(window);
    op.cache = past(importer, node, 3);
    attend(importer, node, op, in);
}

constexpr HandlerEntry table[] = {
    {"Attention", attention}, {"MultiHeadAttention", multi_head}, {"GroupQueryAttention", group_query}};

}  // namespace

std::span<const HandlerEntry> attention_handlers() { return table; }

}  // namespace dyad::arch_space::onnx
