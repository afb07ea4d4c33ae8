// SPDX-License-Identifier: Apache-2.0
// Attention: ONNX Runtime's operators, and what exporters make of masks and shared heads.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

/// Joins heads again: a projection back.
void project_back(ModelBuilder& m, const std::string& x, std::int64_t width) {
    m.node("MatMul", "p", {x, m.weight("ow", {width, width})});
    m.node("Add", "out", {"p", m.weight("ob", {width})});
}

std::string heads(ModelBuilder& m, const std::string& name, std::int64_t from, std::int64_t count, std::int64_t width,
                  bool keys) {
    m.node("MatMul", name, {"x", m.weight(name + ".w", {from, count * width})});
    m.node("Reshape", name + ".r", {name, m.numbers(name + ".s", {0, -1, count, width})});
    m.node("Transpose", name + ".t", {name + ".r"});
    m.with("perm", keys ? Dims{0, 2, 3, 1} : Dims{0, 2, 1, 3});
    return name + ".t";
}

}  // namespace

TEST_SUITE("arch_space/onnx/attention") {
    TEST_CASE("Attention with its projections is the block of a network file") {
        for (const bool causal : {false, true}) {
            ModelBuilder m;
            m.input("x", {-1, 5, 16}).output("out");
            m.node("Attention", "a", {"x", m.weight("w", {16, 48}), m.weight("b", {48})});
            m.last_node()->set_domain("com.microsoft");
            m.with("num_heads", 2).with("unidirectional", causal ? 1 : 0);
            project_back(m, "a", 16);
            const auto net = imported("attention", m);
            const auto reference =
                parse("[5, 16]", causal ? "[attention: {heads: 2, causal: true}]" : "[attention: {heads: 2}]");
            CHECK(net.parameters() == reference.parameters());
            CHECK(net.macs() == reference.macs());
            CHECK(std::get<Attention>(layer(net, "a").op).causal == causal);
            CHECK(work(layer(net, "a").op, {{5, 16}, {5, 16}, {5, 16}}, {{5, 16}}).total() ==
                  work(Attention{2, 2, causal}, {{5, 16}, {5, 16}, {5, 16}}, {{5, 16}}).total());
        }
    }
    TEST_CASE("MultiHeadAttention takes queries, keys and values, and the bias of their projections") {
        ModelBuilder m;
        m.input("x", {-1, 5, 16}).input("memory", {-1, 7, 16}).output("out");
        for (const std::string part : {"q", "k", "v"})
            m.node("MatMul", part, {part == "q" ? "x" : "memory", m.weight(part + "w", {16, 16})});
        m.node("MultiHeadAttention", "a", {"q", "k", "v", m.weight("b", {48})});
        m.last_node()->set_domain("com.microsoft");
        m.with("num_heads", 4);
        project_back(m, "a", 16);
        const auto net = imported("multi", m);
        CHECK(net.parameters() == 4 * (16 * 16 + 16));
        CHECK(net.macs() == 2 * 5 * 16 * 16 + 2 * 7 * 16 * 16 + 2 * 5 * 7 * 16);
        CHECK(std::get<Attention>(layer(net, "a").op).heads == 4);
    }
    TEST_CASE("queries, keys and values that come packed are taken apart, keys of earlier steps are a cache") {
        ModelBuilder m;
        m.input("qkv", {-1, 5, 2, 3, 8}).output("a");
        m.node("MultiHeadAttention", "a", {"qkv"});
        m.with("num_heads", 2);
        CHECK(imported("packed", m).macs() == 2 * (2 * 5 * 5 * 8));
        ModelBuilder step;
        step.input("x", {-1, 1, 16}).input("past", {2, -1, 2, 9, 8}).output("a");
        step.node("Attention", "a", {"x", step.weight("w", {16, 48}), "", "", "past"});
        step.with("num_heads", 2).with("unidirectional", 1);
        step.also("present");
        const auto net = imported("step", step, {{{"N", 1}}});
        CHECK(std::get<Attention>(layer(net, "a").op).cache == 9);
        CHECK(net.macs() == 16 * 48 + 2 * (2 * 10 * 8));
    }
    TEST_CASE("GroupQueryAttention shares keys and values among heads, within a window") {
        ModelBuilder m;
        m.input("q", {-1, 6, 32}).input("k", {-1, 6, 16}).input("v", {-1, 6, 16}).output("a");
        m.node("GroupQueryAttention", "a", {"q", "k", "v"});
        m.with("num_heads", 4).with("kv_num_heads", 2).with("local_window_size", 3);
        const auto net = imported("grouped", m);
        const auto& op = std::get<Attention>(layer(net, "a").op);
        CHECK(op.kv_heads == 2);
        CHECK(op.causal);
        CHECK(net.macs() == 2 * (6 * 3 * 32));
    }
    TEST_CASE("heads that share keys, copied as PyTorch exports them, with a causal mask") {
        ModelBuilder m;
        m.input("x", {-1, 5, 32}).output("out");
        const auto q = heads(m, "q", 32, 4, 8, false);
        Names shared;
        for (const std::string part : {"k", "v"}) {
            heads(m, part, 32, 2, 8, false);
            m.node("Unsqueeze", part + ".u", {part + ".t", m.numbers(part + ".axis", {2})});
            m.node("Expand", part + ".e", {part + ".u", m.numbers(part + ".to", {1, 2, 2, 5, 8})});
            m.node("Reshape", part + ".all", {part + ".e", m.numbers(part + ".four", {1, 4, 5, 8})});
        }
        m.node("Transpose", "kt", {"k.all"});
        m.with("perm", {0, 1, 3, 2});
        m.node("Trilu", "mask", {m.weight("full", {5, 5}), m.index("above", 1)});
        m.with("upper", 1);
        for (auto& tensor : *m.proto.mutable_graph()->mutable_initializer())
            for (int i = 0; tensor.name() == "full" && i < 25; ++i) tensor.add_float_data(-1e9F);
        m.node("Div", "scaled", {m.node("MatMul", "scores", {q, "kt"}), m.number("root", 2.828F)});
        m.node("Softmax", "soft", {m.node("Add", "masked", {"scaled", "mask"})});
        m.with("axis", -1);
        m.node("Transpose", "mt", {m.node("MatMul", "mixed", {"soft", "v.all"})});
        m.with("perm", {0, 2, 1, 3});
        m.node("Reshape", "joined", {"mt", m.numbers("three", {0, 5, 32})});
        project_back(m, "joined", 32);
        const auto net = imported("shared", m);
        const auto reference = parse("[5, 32]", "[attention: {heads: 4, kv_heads: 2, causal: true}]");
        CHECK(net.macs() == reference.macs());
        CHECK(net.parameters() == reference.parameters() - 32 - 2 * 16);  // here without a bias on the way in
    }
    TEST_CASE("layers that ONNX Runtime's optimiser has joined") {
        ModelBuilder m;
        m.input("ids", {-1, 7}, ::onnx::TensorProto::INT64).output("y");
        m.node("EmbedLayerNormalization", "e",
               {"ids", "", m.weight("words", {100, 16}), m.weight("places", {32, 16}), "", m.weight("g", {16}),
                m.weight("b", {16})});
        m.also("mask");
        m.node("MatMul", "up", {"e", m.weight("w", {16, 64})});
        m.node("BiasGelu", "gelu", {"up", m.weight("ub", {64})});
        m.node("MatMul", "down", {"gelu", m.weight("v", {64, 16})});
        m.node("SkipLayerNormalization", "y",
               {"down", "e", m.weight("g2", {16}), m.weight("b2", {16}), m.weight("db", {16})});
        const auto net = imported("joined", m);
        CHECK(net.parameters() == 100 * 16 + 32 * 16 + 2 * 32 + 16 * 64 + 64 + 64 * 16 + 16);
        CHECK(net.macs() == 2 * 7 * 16 * 64);
    }
    TEST_CASE("a learned bias of the scores and heads that do not fit are refused") {
        ModelBuilder m;
        m.input("q", {-1, 6, 32}).output("a");
        m.node("MultiHeadAttention", "a", {"q", "q", "q", "", "", m.weight("bias", {1, 4, 6, 6})});
        m.with("num_heads", 4);
        CHECK(import_error("bias", m.bytes()) ==
              "node 'a' (MultiHeadAttention): a bias of the scores is not read, expected a mask");
        ModelBuilder odd;
        odd.input("q", {-1, 6, 32}).output("a");
        odd.node("MultiHeadAttention", "a", {"q", "q", "q"});
        odd.with("num_heads", 5);
        CHECK(import_error("odd", odd.bytes()) ==
              "node 'a' (MultiHeadAttention): 5 heads do not divide the queries of width 32");
    }
}

}  // namespace dyad::arch_space
