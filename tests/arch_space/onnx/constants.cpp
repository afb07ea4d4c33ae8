// SPDX-License-Identifier: Apache-2.0
// Stored and computed constants beside activations: scales, masks, biases of scores, zeros.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
TEST_SUITE("arch_space/onnx/constants") {
    TEST_CASE("a product with zero makes what was computed idle, as absent edges of a cell are exported") {
        const auto cell = [](const char* last) {
            ModelBuilder m;
            m.input("x", {-1, 4, 8, 8}).output("y");
            const auto a = m.conv("a", "x", 4, 4, 3), b = m.conv("b", "x", 4, 4, 1);
            if (std::string(last) == "mul") {
                m.node("Mul", "z", {a, m.number("zero", 0)});
            } else {
                m.node("ConstantOfShape", "z", {m.node("Shape", "s", {a})});
            }
            m.node("Add", "y", {"z", b});
            return imported(last, m);
        };
        for (const auto* last : {"mul", "filled"}) {
            const auto net = cell(last);
            CAPTURE(last);
            CHECK(net.layers.back().op.index() == Operator(Conv{}).index());
        }
        CHECK(cell("mul").macs() == 64 * 4 * 4);  // the other branch alone
        ModelBuilder m;
        m.input("x", {-1, 4, 8, 8}).output("y");
        m.node("Mul", "y", {"x", m.number("zero", 0)});
        CHECK(layers("zero", m) == "  - zero: {name: y}\n");
    }
    TEST_CASE("learned scales are learned, whatever they are before training") {
        ModelBuilder m;
        m.input("x", {-1, 3, 2, 2}).output("y");
        m.weight("gamma", {3, 1, 1});
        for (int i = 0; i < 3; ++i) m.last_weight()->add_float_data(1);
        m.node("Mul", "s", {"gamma", "x"});
        m.node("Add", "y", {"s", "x"});
        CHECK(layers("scale", m) ==
              "  - reshape: {name: x_as_3x4, shape: [3, 4]}\n"
              "  - scale: {name: s, shape: [3, 1]}\n"
              "  - add: {name: y, from: [s, x_as_3x4]}\n");
        CHECK(imported("gamma", m).parameters() == 3);
    }
    TEST_CASE("what is computed from shapes alone is not learned") {
        ModelBuilder m;
        m.input("x", {-1, 5, 8}).output("y");
        m.node("Range", "places", {m.number("first", 0), m.number("end", 5), m.number("step", 1)});
        m.node("Unsqueeze", "column", {"places", m.numbers("axis", {1})});
        m.node("Cos", "cos", {"column"});
        m.node("Mul", "y", {"x", "cos"});
        CHECK(layers("rotary", m) == "  - scale: {name: y, shape: [5, 1], learned: 0}\n");
    }
    TEST_CASE("a mask before a softmax is left out, a learned bias of the scores is not") {
        const auto scores = [](float value) {
            ModelBuilder m;
            m.input("x", {-1, 2, 4, 4}).output("y");
            m.weight("b", {1, 2, 4, 4});
            for (int i = 0; i < 32; ++i) m.last_weight()->add_float_data(i % 2 == 0 ? 0 : value);
            m.node("Softmax", "y", {m.node("Add", "a", {"x", "b"})});
            m.with("axis", -1);
            return imported("scores", m).parameters();
        };
        CHECK(scores(-10000) == 0);
        CHECK(scores(0.5F) == 32);
    }
    TEST_CASE("a bias picked from a table has the table's parameters") {
        ModelBuilder m;  // windows of 2 x 2: 9 distances, 2 heads
        m.input("x", {-1, 2, 4, 4}).output("y");
        m.weight("table", {9, 2});
        Dims places;
        for (std::int64_t i = 0; i < 16; ++i) places.push_back(i % 9);
        m.node("Gather", "g", {"table", m.numbers("places", places)});
        m.node("Reshape", "square", {"g", m.numbers("shape", {4, 4, 2})});
        m.node("Transpose", "heads", {"square"});
        m.with("perm", {2, 0, 1});
        m.node("Reshape", "view", {m.node("Add", "a", {"x", "heads"}), m.numbers("same", {0, 2, 4, 4})});
        m.node("Softmax", "y", {"view"});
        m.with("axis", -1);
        CHECK(imported("relative", m).parameters() == 9 * 2);
    }
    TEST_CASE("padding whose sizes are computed, as PyTorch exports it, is folded") {
        ModelBuilder m;
        m.input("x", {-1, 3, 8, 8}).output("y");
        // pads of the last axes first: turned round in pairs
        m.node("Concat", "pads", {m.numbers("last", {1, 1, 2, 2}), m.numbers("first", {0, 0, 0, 0})});
        m.with("axis", 0);
        m.node("Reshape", "pairs", {"pads", m.numbers("two", {-1, 2})});
        m.node("Slice", "back",
               {"pairs", m.numbers("from", {-1}), m.numbers("to", {-9223372036854775807}), m.numbers("axis", {0}),
                m.numbers("step", {-1})});
        m.node("Transpose", "turned", {"back"});
        m.with("perm", {1, 0});
        m.node("Reshape", "flat", {"turned", m.numbers("all", {-1})});
        m.node("Pad", "p", {"x", "flat"});
        m.node("Conv", "y", {"p", m.weight("w", {4, 3, 3, 3})});
        CHECK(layers("pads", m) == "  - conv: {name: y, out: 4, kernel: 3, pad: [2, 1], bias: false}\n");
    }
    TEST_CASE("of an If whose condition follows from shapes, one branch is read") {
        for (const std::int64_t size : {1, 3}) {
            ModelBuilder m;
            m.input("x", {-1, 4, size}).output("y");
            m.node("Gather", "last", {m.node("Shape", "s", {"x"}), m.index("two", 2)});
            m.node("Equal", "one", {"last", m.index("1", 1)});
            m.node("If", "chosen", {"one"});
            const auto branch = [&](const char* name, const char* op) {
                auto* attribute = m.last_node()->add_attribute();
                attribute->set_name(name);
                attribute->set_type(::onnx::AttributeProto::GRAPH);
                auto* node = attribute->mutable_g()->add_node();
                node->set_op_type(op);
                node->add_input("x");
                node->add_output("inner");
                attribute->mutable_g()->add_output()->set_name("inner");
                return node;
            };
            auto* axes = branch("then_branch", "Squeeze")->add_input();
            *axes = "axis";
            (void)branch("else_branch", "Det");  // never read
            m.numbers("axis", {2});
            m.node("Relu", "y", {"chosen"});
            if (size == 1) CHECK(operators(imported("if", m)) == Names{"input", "relu"});
            if (size != 1) CHECK(import_error("else", m.bytes()) == "unsupported operator: Det (node 'Det_4')");
        }
        ModelBuilder m;
        m.input("x", {-1, 4}).input("c", {1}).output("y");
        m.node("If", "y", {"c"});
        CHECK(import_error("open", m.bytes()) == "unsupported operator: If (node 'y')");
    }
    TEST_CASE("a constant divided by an activation is a reciprocal") {
        ModelBuilder m;
        m.input("x", {-1, 4}).output("y");
        m.node("Div", "y", {m.number("one", 1), "x"});
        CHECK(layers("reciprocal", m) == "  - reciprocal: {name: y_reciprocal}\n");
    }
}

}  // namespace dyad::arch_space
