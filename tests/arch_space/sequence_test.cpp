// SPDX-License-Identifier: Apache-2.0
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

/// Attention proper on 16 tokens of width 8.
const Layer& attention(const Network& network) {
    const auto found =
        std::ranges::find_if(network.layers, [](const Layer& l) { return std::holds_alternative<Attention>(l.op); });
    REQUIRE(found != network.layers.end());
    return *found;
}
std::uint64_t product_macs(const std::string& keys) {
    const auto net = parse("[16, 8]", "[attention: {heads: 2, " + keys + "}]");
    return attention(net).macs;
}

}  // namespace

TEST_SUITE("arch_space/sequence") {
    TEST_CASE("attention is four projections and two products") {
        const auto net = parse("[128, 768]", "[attention: {heads: 12}]");
        CHECK(net.layers.back().outputs[0] == Shape{128, 768});
        CHECK(net.parameters() == 4 * (768 * 768 + 768));
        // projections, then scores and context of 128 x 128 pairs over all heads
        CHECK(net.macs() == 4ull * 128 * 768 * 768 + 2ull * 128 * 128 * 768);
    }
    TEST_CASE("dense attention counts the full square, causal or not") {
        CHECK(product_macs("causal: false") == 2 * 16 * 16 * 8);
        CHECK(product_macs("causal: true") == 2 * 16 * 16 * 8);
    }
    TEST_CASE("a window leaves each query that many keys, but no more than there are") {
        CHECK(product_macs("window: 4") == 2 * 16 * 4 * 8);
        CHECK(product_macs("window: 16") == 2 * 16 * 16 * 8);
        CHECK(product_macs("window: 17") == 2 * 16 * 16 * 8);
    }
    TEST_CASE("a stride leaves each query every so many keys, rounded up") {
        CHECK(product_macs("stride: 4") == 2 * 16 * 4 * 8);
        CHECK(product_macs("stride: 5") == 2 * 16 * 4 * 8);
        CHECK(product_macs("stride: 1") == 2 * 16 * 16 * 8);
    }
    TEST_CASE("window and stride together see both sets") {
        CHECK(product_macs("window: 4, stride: 4") == 2 * 16 * 8 * 8);
        CHECK(product_macs("window: 14, stride: 4") == 2 * 16 * 16 * 8);
    }
    TEST_CASE("a cache adds its keys for every query") {
        CHECK(product_macs("cache: 100") == 2 * 16 * 116 * 8);
        const auto step = parse("[1, 8]", "[attention: {heads: 2, cache: 1023, causal: true}]");
        CHECK(attention(step).macs == 2 * 1024 * 8);
        CHECK(step.layers.back().outputs[0] == Shape{1, 8});
    }
    TEST_CASE("heads may share keys and values") {
        const auto net = parse("[16, 64]", "[attention: {heads: 8, kv_heads: 2, bias: false}]");
        CHECK(net.parameters() == 2 * 64 * 64 + 2 * 64 * 16);
        CHECK(attention(net).macs == 2 * 16 * 16 * 64);
        CHECK(errors_of("[16, 64]", "[attention: {heads: 8, kv_heads: 3}]") ==
              "net.yaml:3:21: layers[0].attention: attention0.product: 8 heads cannot share 3 key-value heads");
    }
    TEST_CASE("keys and values may come from elsewhere") {
        const auto net = parse(
            "network: n\ninput: {x: [10, 32], memory: [50, 32]}\n"
            "layers: [attention: {heads: 4, from: [x, memory]}]");
        CHECK(net.layers.back().outputs[0] == Shape{10, 32});
        CHECK(attention(net).macs == 2 * 10 * 50 * 32);
    }
    TEST_CASE("attention without projections takes queries, keys and values") {
        const auto net = parse(
            "network: n\ninput: {q: [10, 32], k: [20, 32], v: [20, 64]}\n"
            "layers: [attention: {heads: 4, projections: false, from: [q, k, v]}]");
        CHECK(net.layers.back().outputs[0] == Shape{10, 64});
        CHECK(net.macs() == 10 * 20 * 32 + 10 * 20 * 64);
        CHECK(net.parameters() == 0);
    }
    TEST_CASE("heads that do not fit are refused") {
        CHECK(errors_of("[16, 10]", "[attention: {heads: 4, projections: false, from: [x, x, x]}]") ==
              "net.yaml:3:21: layers[0].attention: 4 heads do not divide the queries of width 10");
        CHECK(errors_of("network: n\ninput: {q: [10, 32], k: [20, 32], v: [21, 32]}\n"
                        "layers: [attention: {heads: 4, projections: false, from: [q, k, v]}]") ==
              "net.yaml:3:21: layers[0].attention: attention has 20 keys but 21 values");
        CHECK(errors_of("network: n\ninput: {q: [10, 32], k: [20, 16]}\n"
                        "layers: [attention: {heads: 4, projections: false, from: [q, k, k]}]") ==
              "net.yaml:3:21: layers[0].attention: queries of 32 in 4 heads do not fit keys of 16 in 4 heads");
        CHECK(errors_of("[3, 4, 4]", "[attention: {heads: 1}]")
                  .starts_with("net.yaml:3:21: layers[0].attention: expects a sequence {tokens, width}, found 3x4x4"));
    }
    TEST_CASE("an embedding learns its whole table and reads the rows it looks up") {
        const auto net = parse("{shape: [128], precision: int32}", "[embedding: {entries: 30522, width: 768}]");
        const auto& table = net.layers.back();
        CHECK(table.outputs[0] == Shape{128, 768});
        CHECK(table.parameters == 30522 * 768);
        CHECK(weights_read(table.op, {{128}}) == 128 * 768);
        CHECK(net.macs() == 0);
        CHECK(net.layers.front().activations == core::Precision::int32);
    }
    TEST_CASE("a tied linear layer learns nothing of its own") {
        const auto net = parse(
            "[4]", "[embedding: {name: words, entries: 100, width: 8}, linear: {out: 100, bias: false, tied: words}]");
        CHECK(net.parameters() == 800);
        CHECK(net.layers.back().parameters == 0);
        CHECK(net.layers.back().shares == "words");
        CHECK(net.macs() == 4 * 8 * 100);
    }
    TEST_CASE("tied weights must have one shape") {
        const std::string table = "embedding: {name: words, entries: 100, width: 8}, ";
        CHECK(errors_of("[4]", "[" + table + "linear: {out: 99, bias: false, tied: words}]") ==
              "net.yaml:3:68: layers[1].linear: tied to 'words', whose weights have another shape (800 values, "
              "expected 792)");
        CHECK(errors_of("[4]", "[" + table + "linear: {out: 100, bias: false, tied: word}]") ==
              "net.yaml:3:68: layers[1].linear: tied to 'word', which is no layer before it");
    }
    TEST_CASE("learned tokens come first and count as parameters") {
        const auto net = parse("[196, 768]", "[token: {count: 2}]");
        CHECK(net.layers.back().outputs[0] == Shape{198, 768});
        CHECK(net.parameters() == 2 * 768);
    }
    TEST_CASE("learned positions count the whole table and read one row a token") {
        const auto net = parse("[128, 768]", "[position: {entries: 512}]");
        CHECK(net.parameters() == 512 * 768);
        CHECK(weights_read(net.layers.back().op, {{128, 768}}) == 128 * 768);
        CHECK(parse("[128, 768]", "[position]").parameters() == 128 * 768);
        CHECK(parse("[128, 768]", "[position: {entries: 128}]").parameters() == 128 * 768);
        CHECK(errors_of("[128, 768]", "[position: {entries: 127}]") ==
              "net.yaml:3:20: layers[0].position: 128 tokens are more than the 127 learned positions");
    }
    TEST_CASE("an encoder layer is attention and two linear layers, each with a sum and a norm") {
        const auto net = parse("[128, 768]", "[transformer_encoder: {heads: 12, hidden: 3072}]");
        // projections, feed-forward, two norms
        CHECK(net.parameters() == 4 * (768 * 768 + 768) + 2 * 768 * 3072 + 3072 + 768 + 2 * 2 * 768);
        CHECK(net.macs() == 128ull * (4 * 768 * 768 + 2 * 768 * 3072) + 2ull * 128 * 128 * 768);
        const auto last = parse("[128, 768]", "[transformer_encoder: {heads: 12, hidden: 3072, norm_first: false}]");
        CHECK(last.parameters() == net.parameters());
        CHECK(std::holds_alternative<Normalisation>(last.layers.back().op));
        CHECK(std::holds_alternative<Elementwise>(net.layers.back().op));
    }
    TEST_CASE("a decoder layer attends twice, and every copy sees the same memory") {
        const auto net = parse(
            "network: n\ninput: {x: [10, 32], memory: [50, 32]}\n"
            "layers: [transformer_decoder: {heads: 4, hidden: 64, from: [x, memory], repeat: 2}]");
        const std::uint64_t attention = 4 * (32 * 32 + 32), forward = 2 * 32 * 64 + 64 + 32;
        CHECK(net.parameters() == 2 * (2 * attention + forward + 3 * 64));
        CHECK(layer(net, "transformer_decoder0[1].cross.product").macs == 2 * 10 * 50 * 32);
        CHECK(layer(net, "transformer_decoder0[1].attention.product").macs == 2 * 10 * 10 * 32);
    }
    TEST_CASE("a causal mask keeps a triangle of the new scores and all of the cached ones") {
        const Shapes four{{4, 8}, {4, 8}, {4, 8}};
        Attention attention;
        CHECK(attention.needed(four) == 1);
        attention.causal = true;
        CHECK(attention.needed(four) == doctest::Approx(10.0 / 16));  // 1 + 2 + 3 + 4 of 4 x 4
        attention.cache = 4;
        CHECK(attention.needed(four) == doctest::Approx(26.0 / 32));  // four more for each
        attention.window = 2;
        CHECK(attention.needed(four) == 1);  // left out already
    }
    TEST_CASE("a gated feed-forward network has three linear layers") {
        const auto net = parse("[10, 32]", "[feed_forward: {hidden: 64, gated: true, activation: swish, bias: false}]");
        CHECK(net.parameters() == 3 * 32 * 64);
        CHECK(net.macs() == 10 * 3 * 32 * 64);
    }
}

}  // namespace dyad::arch_space
