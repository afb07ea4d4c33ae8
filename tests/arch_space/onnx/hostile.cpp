// SPDX-License-Identifier: Apache-2.0
// What cannot be read ends in a message, never in anything else.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

ModelBuilder small() {
    ModelBuilder m;
    m.input("x", {-1, 3, 8, 8}).output("fc");
    const auto a = m.batch_norm("b", m.conv("a", "x", 3, 4, 3), 4);
    m.node("Reshape", "flat", {m.node("GlobalAveragePool", "g", {a}), m.numbers("shape", {0, -1})});
    (void)m.linear("fc", "flat", 4, 10);
    return m;
}

/// Folding, views, products of activations, cutting, joining and a pattern.
ModelBuilder varied() {
    ModelBuilder m;
    m.input("x", {-1, 4, 6}).output("y");
    m.node("Shape", "shape", {"x"});
    m.node("Gather", "n", {"shape", m.index("zero", 0)});
    m.node("Unsqueeze", "n1", {"n", m.numbers("axis", {0})});
    m.node("Concat", "target", {"n1", m.numbers("rest", {4, 2, -1})});
    m.with("axis", 0);
    m.node("Reshape", "heads", {"x", "target"});
    m.node("Transpose", "left", {"heads"});
    m.with("perm", {0, 2, 1, 3});
    m.node("Transpose", "right", {"heads"});
    m.with("perm", {0, 2, 3, 1});
    m.node("MatMul", "scores", {"left", "right"});
    m.node("Softmax", "soft", {"scores"});
    m.node("Slice", "cut", {"soft", m.numbers("first", {1}), m.numbers("last", {4}), m.numbers("along", {-1})});
    m.node("Split", "part", {"cut"});
    m.also("other");
    m.with("axis", 2);
    m.node("Concat", "joined", {"other", "part"});
    m.with("axis", 3);
    m.node("Sigmoid", "gate", {"joined"});
    m.node("Mul", "swish", {"joined", "gate"});
    m.node("Expand", "y", {"swish", m.numbers("wide", {1, 2, 2, 6})});
    return m;
}

/// Operators of other domains, an equation, a branch, stored tables.
ModelBuilder modern() {
    ModelBuilder m;
    m.input("x", {-1, 8, 3}).output("y");
    m.node("fps", "s", {"x"});
    m.with("npoint", 4);
    m.node("Transpose", "t", {"x"});
    m.with("perm", {0, 2, 1});
    m.node("GatherPoints", "c", {"t", "s"});
    m.node("Transpose", "u", {"c"});
    m.with("perm", {0, 2, 1});
    m.node("BallQuery", "near", {"x", "u"});
    m.with("nsample", 2).with_number("radius", 0.5F);
    m.node("GroupPoints", "g", {"t", "near"});
    m.node("Sub", "o", {"g", m.node("Unsqueeze", "v", {"c", m.numbers("3", {3})})});
    m.node("Concat", "all", {"o", "g"});
    m.with("axis", 1);
    m.node("Einsum", "e", {"all", m.weight("w", {6, 2, 4})});
    m.with_text("equation", "bcsk,chd->bshdk");
    m.node("Reshape", "r", {"e", m.numbers("rows", {0, 4, -1})});
    m.node("Attention", "a", {"r", m.weight("q", {16, 48}), m.weight("b", {48})});
    m.with("num_heads", 2).with("unidirectional", 1);
    m.node("Mul", "z", {"a", m.weight("scale", {16})});
    m.node("ReduceL2", "l", {"z"});
    m.with("axes", Dims{-1});
    m.node("LogSoftmax", "y", {m.node("Div", "n", {"z", "l"})});
    return m;
}

std::string error_of(const ModelBuilder& m) { return import_error("hostile", m.bytes()); }

}  // namespace

TEST_SUITE("arch_space/onnx/hostile") {
    TEST_CASE("all operators that are not supported are named with their nodes") {
        ModelBuilder m;
        m.input("x", {-1, 4}).output("c");
        m.node("Det", "a", {"x"});
        m.node("LSTM", "b", {"a"});
        m.node("Det", "c", {"b"});
        CHECK(error_of(m) == "unsupported operators: Det (nodes 'a', 'c'); LSTM (node 'b')");
    }
    TEST_CASE("every fault is reported in one go") {
        ModelBuilder m;
        m.input("x", {-1, 3, 8, 8}).output("d");
        m.node("Conv", "a", {"x", m.weight("w", {4, 2, 3, 3})});
        m.node("Pow", "b", {"x", m.number("power", 2.5F)});
        m.node("Det", "d", {"x"});
        CHECK(error_of(m) ==
              "node 'a' (Conv): weights for 2 channels, the input has 3\n"
              "node 'b' (Pow): a power other than 1/2, 1, 2 and 3\n"
              "unsupported operator: Det (node 'd')");
    }
    TEST_CASE("cycles, missing values and values made twice are named") {
        ModelBuilder cycle;
        cycle.input("x", {-1, 4}).output("c");
        cycle.node("Add", "a", {"x", "c"});
        cycle.node("Relu", "b", {"a"});
        cycle.node("Relu", "c", {"b"});
        CHECK(error_of(cycle) == "the nodes form a cycle: a -> b -> c -> a");
        ModelBuilder missing;
        missing.input("x", {-1, 4}).output("y");
        missing.node("Add", "y", {"x", "nowhere"});
        CHECK(error_of(missing) == "node 'y' (Add) reads 'nowhere', which nothing makes");
        ModelBuilder twice;
        twice.input("x", {-1, 4}).output("y");
        twice.node("Relu", "y", {"x"});
        twice.node("Relu", "y", {"x"});
        CHECK(error_of(twice) == "the value 'y' is made twice");
    }
    TEST_CASE("operator sets from 7 to 17 are read") {
        for (const auto& [opset, fine] : {std::pair{6, false}, {7, true}, {17, true}, {18, false}}) {
            ModelBuilder m(opset);
            m.input("x", {-1, 4}).output("y");
            m.node("Relu", "y", {"x"});
            CHECK(error_of(m) == (fine ? "" : "operator set " + std::to_string(opset) + ", expected 7 to 17"));
        }
    }
    TEST_CASE("sizes that are negative or huge are refused") {
        ModelBuilder input;
        input.input("x", {-1, 3, -5, std::int64_t{1} << 62}).output("y");
        input.proto.mutable_graph()
            ->mutable_input(0)
            ->mutable_type()
            ->mutable_tensor_type()
            ->mutable_shape()
            ->mutable_dim(2)
            ->set_dim_value(-5);
        input.node("Relu", "y", {"x"});
        CHECK(error_of(input) == "input 'x': axis 2 has size -5, expected 1 to 16777216");
        for (const auto size : {std::int64_t{-1}, std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::min()}) {
            auto m = small();
            m.proto.mutable_graph()->mutable_initializer(0)->set_dims(0, size);
            CHECK(error_of(m) == "tensor 'a.weight' has an axis of size " + std::to_string(size));
        }
        auto large = small();
        for (int i = 0; i < 4; ++i) large.proto.mutable_graph()->mutable_initializer(0)->set_dims(i, 1 << 20);
        CHECK_FALSE(error_of(large).empty());
    }
    TEST_CASE("attributes and values of the wrong type are refused") {
        auto kernel = small();
        auto* strides = kernel.proto.mutable_graph()->mutable_node(0)->mutable_attribute(1);
        strides->set_type(::onnx::AttributeProto::STRING);
        CHECK(error_of(kernel) == "node 'a' (Conv): attribute 'strides' is not a list of whole numbers");
        auto values = small();
        for (auto& tensor : *values.proto.mutable_graph()->mutable_initializer())
            if (tensor.name() == "shape") tensor.add_int64_data(7);
        CHECK(error_of(values) == "tensor 'shape' has 3 values, expected 2");
    }
    TEST_CASE("values of constants that are computed are kept up to a bound") {
        const auto made = [](int sums) {
            ModelBuilder m;
            m.input("x", {-1, 4}).output("y");
            auto last = m.node("ConstantOfShape", "zeros", {m.numbers("size", {16384})});
            for (int i = 0; i < sums; ++i) last = m.node("Add", "sum" + std::to_string(i), {last, "zeros"});
            m.node("Slice", "two", {last, m.numbers("from", {0}), m.numbers("to", {2})});
            m.node("Reshape", "y", {"x", m.node("Cast", "shape", {"two"})});
            m.with("to", ::onnx::TensorProto::INT64);
            return error_of(m);
        };
        CHECK(made(8).find("is not known before the network runs") == std::string::npos);
        CHECK(made(512).find("node 'y' (Reshape): input 1 is not known before the network runs") != std::string::npos);
    }
    TEST_CASE("a damaged file is a core::Error or a network, never anything else") {
        const dyad::test::Scratch folder;
        std::size_t refused = 0, tried = 0;
        const auto attempt = [&](const std::string& bytes) {
            ++tried;
            try {
                (void)import_onnx(folder.put("m.onnx", bytes));
            } catch (const core::Error&) {
                ++refused;
            }
        };
        CHECK(import_error("empty", "") == "not an ONNX model, or a damaged one");
        for (const auto& whole : {small().bytes(), varied().bytes(), modern().bytes()}) {
            REQUIRE(import_error("whole", whole).empty());
            for (std::size_t length = 0; length < whole.size(); ++length) attempt(whole.substr(0, length));
            for (std::size_t at = 0; at < whole.size(); ++at)
                for (const int flip : {0x01, 0x80}) {
                    auto bytes = whole;
                    bytes[at] = static_cast<char>(bytes[at] ^ flip);
                    attempt(bytes);
                }
        }
        CHECK(refused > tried / 4);
        CHECK(refused < tried);
    }
}

}  // namespace dyad::arch_space
