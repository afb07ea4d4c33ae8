// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "arch_space/blocks/blocks.hpp"
#include "arch_space/blocks/common.hpp"
#include "arch_space/parse/fields.hpp"

namespace dyad::arch_space {
namespace {

constexpr Normalisation layer_norm{Normalisation::Kind::layer};

struct AttentionBlock {
    Attention product;
    std::uint64_t head = 0;  ///< width of a head; 0 = the sequence's over the heads
    bool bias = true, projections = true;
};

AttentionBlock parse_heads(core::Object& o, bool causal) {
    AttentionBlock block;
    block.product.heads = required_size(o, "heads");
    block.product.kv_heads = size(o, "kv_heads", block.product.heads);
    block.head = size(o, "head", 0);
    block.product.causal = flag(o, "causal", causal);
    block.product.window = size(o, "window", 0);
    block.product.stride = size(o, "stride", 0);
    block.product.cache = size(o, "cache", 0, 0);
    block.bias = flag(o, "bias", true);
    return block;
}

/// Width of a sequence; an error and 1 when it is none.
std::uint64_t width(Builder& builder, Ref ref) {
    if (!ref.valid()) return 1;
    const auto& shape = builder.shape(ref);
    if (shape.size() == 2) return shape[1];
    builder.fail("expects a sequence {tokens, width}, found " + to_text(shape));
    return 1;
}

/// Projections of `x` to queries and of `memory` to keys and values, the products, and the output projection.
Ref add_attention(Builder& builder, const AttentionBlock& block, Ref x, Ref memory) {
    const auto all = width(builder, x);
    const auto head = block.head != 0 ? block.head : all / block.product.heads;
    const auto queries = block.head != 0 ? head * block.product.heads : all;
    const auto kv = std::max<std::uint64_t>(1, head * block.product.kv_heads);
    const auto query = builder.add(Linear{queries, block.bias}, {x}, "query");
    const auto key = builder.add(Linear{kv, block.bias}, {memory}, "key");
    const auto value = builder.add(Linear{kv, block.bias}, {memory}, "value");
    const auto product = builder.add(block.product, {query, key, value}, "product");
    return builder.add(Linear{all, block.bias}, {product}, "output");
}

struct FeedForward {
    std::uint64_t hidden = 0;
    std::optional<Activation> activation;
    bool bias = true, gated = false;
};

FeedForward parse_forward(core::Object& o) {
    return {required_size(o, "hidden"), activation(o, Activation::Kind::gelu), flag(o, "bias", true),
            flag(o, "gated", false)};
}

Ref add_forward(Builder& builder, const FeedForward& f, Ref in) {
    auto ref = add_with(builder, Linear{f.hidden, f.bias}, {in}, "up", {{}, f.activation});
    if (f.gated) {  // Shazeer 2020: the activated branch is a gate
        const auto other = builder.add(Linear{f.hidden, f.bias}, {in}, "gate");
        ref = builder.add(Elementwise{Elementwise::Kind::mul}, {ref, other}, "gated");
    }
    return builder.add(Linear{width(builder, in), f.bias}, {ref}, "down");
}

struct Transformer {
    AttentionBlock attention;
    FeedForward forward;
    bool norm_first = true;
};

Transformer parse_transformer(core::Object& o, bool causal) {
    return {parse_heads(o, causal), parse_forward(o), flag(o, "norm_first", true)};
}

/// x + f(norm(x)), or norm(x + f(x)) in the original order.
template <class F>
Ref residual(Builder& builder, Ref x, bool norm_first, const std::string& part, F f) {
    const auto in = norm_first ? builder.add(layer_norm, {x}, part + "_norm") : x;
    auto inner = Ref{};
    {
        const Builder::Scope scope(builder, builder.part(part));
        inner = f(in);
    }
    const auto sum = builder.add(Elementwise{Elementwise::Kind::add}, {inner, x}, part + "_add");
    return norm_first ? sum : builder.add(layer_norm, {sum}, part + "_norm");
}

Ref add_transformer(Builder& builder, const Transformer& t, Ref x) {
    x = residual(builder, x, t.norm_first, "attention",
                 [&](Ref in) { return add_attention(builder, t.attention, in, in); });
    return residual(builder, x, t.norm_first, "mlp", [&](Ref in) { return add_forward(builder, t.forward, in); });
}

}  // namespace

Expansion parse_attention(core::Object& o) {
    auto block = parse_heads(o, false);
    block.projections = flag(o, "projections", true);
    return [block](Builder& builder, const Refs& inputs, bool) {
        if (!block.projections) return builder.add(block.product, inputs);
        if (inputs.size() == 1 || inputs.size() == 2)
            return add_attention(builder, block, inputs.front(), inputs.back());
        return builder.fail(fmt::format("takes 1 or 2 inputs, x and memory, found {}", inputs.size()));
    };
}

Expansion parse_feed_forward(core::Object& o) {
    return [f = parse_forward(o)](Builder& builder, const Refs& inputs, bool) {
        return add_forward(builder, f, only_input(builder, inputs));
    };
}

Expansion parse_transformer_encoder(core::Object& o) {
    return [t = parse_transformer(o, false)](Builder& builder, const Refs& inputs, bool) {
        return add_transformer(builder, t, only_input(builder, inputs));
    };
}

Expansion parse_transformer_decoder(core::Object& o) {
    return [t = parse_transformer(o, true)](Builder& builder, const Refs& inputs, bool) {
        if (inputs.size() != 2)
            return builder.fail(fmt::format("takes 2 inputs, [x, memory], found {}", inputs.size()));
        const auto x = residual(builder, inputs[0], t.norm_first, "attention",
                                [&](Ref in) { return add_attention(builder, t.attention, in, in); });
        auto cross = t.attention;
        cross.product = {.heads = cross.product.heads, .kv_heads = cross.product.kv_heads};
        const auto y = residual(builder, x, t.norm_first, "cross",
                                [&](Ref in) { return add_attention(builder, cross, in, inputs[1]); });
        return residual(builder, y, t.norm_first, "mlp", [&](Ref in) { return add_forward(builder, t.forward, in); });
    };
}

}  // namespace dyad::arch_space
