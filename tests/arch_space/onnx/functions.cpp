// SPDX-License-Identifier: Apache-2.0
// Functions of one element, limits, comparisons.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
TEST_SUITE("arch_space/onnx/functions") {
    TEST_CASE("functions of one element keep their names") {
        for (const auto& [op, name] : {std::pair{"Elu", "elu"},
                                       {"Celu", "elu"},
                                       {"Selu", "selu"},
                                       {"Softplus", "softplus"},
                                       {"Softsign", "softsign"},
                                       {"Exp", "exp"},
                                       {"Log", "log"},
                                       {"Sqrt", "sqrt"},
                                       {"Reciprocal", "reciprocal"},
                                       {"Abs", "abs"},
                                       {"Sin", "sine"},
                                       {"Cos", "sine"},
                                       {"Gelu", "gelu"}}) {
            ModelBuilder m;
            m.input("x", {-1, 3, 4}).output("y");
            m.node(op, "y", {"x"});
            CHECK(layers("functions", m) == "  - " + std::string(name) + ": {name: y}\n");
        }
    }
    TEST_CASE("GELU tells its form") {
        ModelBuilder m;
        m.input("x", {-1, 4}).output("y");
        m.node("Gelu", "y", {"x"});
        m.with_text("approximate", "tanh");
        CHECK(layers("gelu", m) == "  - gelu_tanh: {name: y}\n");
        m.last_node()->mutable_attribute(0)->set_s("cubic");
        CHECK(import_error("form", m.bytes()) == "node 'y' (Gelu): approximate 'cubic'");
    }
    TEST_CASE("the logarithm of a softmax, over the last axis or another") {
        ModelBuilder m;
        m.input("x", {-1, 10}).output("y");
        m.node("LogSoftmax", "y", {"x"});
        CHECK(layers("log", m) == "  - log_softmax: {name: y}\n");
        ModelBuilder across;
        across.input("x", {-1, 5, 8, 8}).output("y");
        across.node("LogSoftmax", "y", {"x"});
        across.with("axis", 1);
        CHECK(operators(imported("across", across)) ==
              Names{"input", "reshape", "transpose", "log_softmax", "transpose"});
    }
    TEST_CASE("limits are a rectifier, one up to 6, or two of any kind") {
        const auto clipped = [](const std::string& op, float low, float high) {
            ModelBuilder m;
            m.input("x", {-1, 4}).output("y");
            if (op == "Clip")
                m.node(op, "y", {"x", m.number("low", low), m.number("high", high)});
            else
                m.node(op, "y", {m.number("limit", low), "x"});
            return operators(imported("limits", m)).back();
        };
        CHECK(clipped("Clip", 0, 6) == "relu6");
        CHECK(clipped("Clip", 0, 3.4e38F) == "relu");
        CHECK(clipped("Clip", -1, 1) == "hardtanh");
        CHECK(clipped("Clip", 0, 1) == "hardtanh");
        CHECK(clipped("Max", 0, 0) == "relu");
        CHECK(clipped("Min", 6, 0) == "hardtanh");
    }
    TEST_CASE("the larger of two activations, and a choice that is computed") {
        ModelBuilder m;
        m.input("x", {-1, 6, 4}).output("y");
        m.node("Relu", "r", {"x"});
        m.node("Max", "m", {"x", "r"});
        m.node("Greater", "g", {"m", "r"});
        m.node("Where", "y", {"g", "m", "x"});
        CHECK(layers("choice", m) ==
              "  - relu: {name: r}\n"
              "  - max: {name: m, from: [x, r]}\n"
              "  - compare: {name: g, from: [m, r]}\n"
              "  - select: {name: y, from: [g, m, x]}\n");
    }
    TEST_CASE("a power of a half is a root, also where it is a little less") {
        for (const float half : {0.5F, 0.49999976F}) {
            ModelBuilder m;
            m.input("x", {-1, 4}).output("y");
            m.node("Pow", "y", {"x", m.number("half", half)});
            CHECK(layers("root", m) == "  - sqrt: {name: y}\n");
        }
    }
    TEST_CASE("a root of the sum of squares") {
        ModelBuilder m;
        m.input("x", {-1, 6, 4}).output("y");
        m.node("ReduceL2", "y", {"x"});
        m.with("axes", Dims{-1});
        CHECK(operators(imported("length", m)) == Names{"input", "mul", "reshape", "pool", "sqrt"});
    }
    TEST_CASE("operators of an unknown domain are not taken for the standard's") {
        ModelBuilder m;
        m.input("x", {-1, 4}).output("y");
        m.node("Relu", "y", {"x"});
        m.last_node()->set_domain("ai.onnx");
        CHECK(import_error("standard", m.bytes()).empty());
        m.last_node()->set_domain("my.company");
        CHECK(import_error("domain", m.bytes()) == "unsupported operator: my.company::Relu (node 'y')");
    }
}

}  // namespace dyad::arch_space
