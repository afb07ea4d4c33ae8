// SPDX-License-Identifier: Apache-2.0
// What exporters and quantisers make of common layers.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

constexpr int int8 = ::onnx::TensorProto::INT8, uint8 = ::onnx::TensorProto::UINT8;

}  // namespace

TEST_SUITE("arch_space/onnx/exporters") {
    TEST_CASE("the tanh form of GELU is found, the cube as a power or as products") {
        for (const bool power : {true, false}) {
            ModelBuilder m;
            m.input("x", {-1, 16, 32}).output("y");
            if (power) {
                m.node("Pow", "cube", {"x", m.number("3", 3)});
            } else {
                m.node("Mul", "square", {"x", "x"});
                m.node("Mul", "cube", {"square", "x"});
            }
            m.node("Mul", "small", {"cube", m.number("c", 0.044715F)});
            m.node("Add", "sum", {"x", "small"});
            m.node("Mul", "scaled", {"sum", m.number("root", 0.79788456F)});
            m.node("Tanh", "t", {"scaled"});
            m.node("Add", "one", {"t", m.number("1", 1)});
            m.node("Mul", "half", {"x", m.number("h", 0.5F)});
            m.node("Mul", "y", {"half", "one"});
            CHECK(layers("tanh", m) == "  - gelu_tanh: {name: y}\n");
        }
    }
    TEST_CASE("batch normalisation that an exporter has folded is found by the names it gives to what it makes") {
        const auto made = [](const std::string& producer, const std::string& table, const std::string& bias) {
            ModelBuilder m;
            m.proto.set_producer_name(producer);
            m.input("x", {-1, 3, 8, 8}).output("y");
            m.node("Conv", "y", {"x", m.weight(table, {4, 3, 1, 1}), m.weight(bias, {4})});
            return layers("folded", m);
        };
        const std::string folded =
            "  - conv: {name: y, out: 4, kernel: 1, pad: 0, bias: false}\n  - batch_norm: {name: y_norm}\n";
        CHECK(made("pytorch", "onnx::Conv_497", "onnx::Conv_498") == folded);
        CHECK(made("onnx.quantize", "onnx::Conv_497_quantized", "onnx::Conv_498_quantized") == folded);
        CHECK(made("pytorch", "497", "498") == folded);
        CHECK(made("tf2onnx", "c/Conv2D_weights_fused_bn", "c/Conv2D_bias_fused_bn") == folded);
        const std::string biased = "  - conv: {name: y, out: 4, kernel: 1, pad: 0}\n";
        CHECK(made("pytorch", "onnx::Conv_497", "conv.bias") == biased);  // a weight that it has normalised
        CHECK(made("pytorch", "conv.weight", "conv.bias") == biased);
        CHECK(made("another", "497", "498") == biased);
    }
    TEST_CASE("dynamic quantisation makes the product int8") {
        ModelBuilder m(11);
        m.input("x", {-1, 16}).output("y");
        m.node("DynamicQuantizeLinear", "xq", {"x"});
        m.also("xs");
        m.also("xz");
        m.node("MatMulInteger", "p", {"xq", m.weight("w", {16, 10}, int8), "xz", m.weight("wz", {}, int8)});
        m.node("Cast", "f", {"p"});
        m.node("Mul", "s", {"xs", m.weight("ws", {})});
        m.node("Mul", "r", {"f", "s"});
        m.node("Add", "y", {"r", m.weight("b", {10})});
        const auto net = imported("dynamic", m);
        CHECK(net.macs() == 160);
        CHECK(net.layers[1].weights == core::Precision::int8);
    }
    TEST_CASE("operators of ONNX Runtime's quantiser") {
        ModelBuilder m(13);
        m.input("x", {-1, 3, 8, 8}).output("y");
        m.number("s", 0.1F);
        m.weight("z", {}, uint8);
        m.node("QuantizeLinear", "q", {"x", "s", "z"});
        m.node("QLinearConv", "a", {"q", "s", "z", m.weight("wa", {4, 3, 1, 1}, int8), "s", "z", "s", "z"});
        m.node("QLinearConv", "b", {"q", "s", "z", m.weight("wb", {4, 3, 1, 1}, int8), "s", "z", "s", "z"});
        m.node("QLinearAdd", "sum", {"a", "s", "z", "b", "s", "z", "s", "z"});
        m.node("QLinearConcat", "both", {"s", "z", "sum", "s", "z", "a", "s", "z"});
        m.with("axis", 1);
        m.node("QLinearGlobalAveragePool", "mean", {"both", "s", "z", "s", "z"});
        m.node("Flatten", "flat", {"mean"});
        m.node("QGemm", "g", {"flat", "s", "z", m.weight("wg", {8, 5}, int8), "s", "z", "", "s", "z"});
        m.node("QLinearSoftmax", "soft", {"g", "s", "z", "s", "z"});
        m.with("axis", -1);
        m.node("DequantizeLinear", "y", {"soft", "s", "z"});
        const auto net = imported("runtime", m);
        CHECK(net.macs() == 2 * 64 * 12 + 40);
        CHECK(net.layers.back().outputs[0] == Shape{5});
        for (const auto& layer : net.layers)
            if (layer.name != "x") CHECK(layer.weights == core::Precision::int8);
    }
    TEST_CASE("convolutions along one axis, and the largest of all points") {
        ModelBuilder m;
        m.input("x", {-1, 3, 100}).output("y");
        m.node("Conv", "c", {"x", m.weight("w", {16, 3, 5}), m.weight("b", {16})});
        m.with("strides", Dims{2}).with("pads", {2, 2});
        m.node("Relu", "r", {"c"});
        m.node("MaxPool", "p", {"r"});
        m.with("kernel_shape", Dims{2}).with("strides", Dims{2});
        m.node("ReduceMax", "y", {"p"});
        m.with("axes", Dims{2}).with("keepdims", 0);
        const auto net = imported("line", m);
        CHECK(net.macs() == 50 * 16 * 3 * 5);
        CHECK(layer(net, "p").outputs[0] == Shape{16, 25, 1});
        CHECK(elements(net.layers.back().outputs[0]) == 16);
    }
    TEST_CASE("windows of an image are cut by reordering many axes") {
        // Swin: 8 x 8 pixels of 6 channels as 4 windows of 4 x 4.
        ModelBuilder m;
        m.input("x", {-1, 8, 8, 6}).output("y");
        m.node("Reshape", "split", {"x", m.numbers("six", {1, 2, 4, 2, 4, 6})});
        m.node("Transpose", "turned", {"split"});
        m.with("perm", {0, 1, 3, 2, 4, 5});
        m.node("Reshape", "windows", {"turned", m.numbers("three", {4, 16, 6})});
        m.node("Transpose", "apart", {"split"});
        m.with("perm", {0, 5, 3, 1, 4, 2});
        m.node("Reshape", "other", {"apart", m.numbers("four", {4, 16, 6})});
        m.node("Add", "y", {"windows", "other"});
        const auto net = imported("windows", m);
        CHECK(layer(net, "turned").outputs[0].size() <= 3);
        CHECK(elements(layer(net, "turned").outputs[0]) == 384);
        CHECK(elements(layer(net, "apart").outputs[0]) == 384);
        CHECK(elements(net.layers.back().outputs[0]) == 384);
    }
    TEST_CASE("an image with its channels last goes through one transposition, and back") {
        ModelBuilder m(12);
        m.input("x", {-1, 8, 8, 3}).output("y");
        m.node("Transpose", "in", {"x"});
        m.with("perm", {0, 3, 1, 2});
        m.node("Conv", "c", {"in", m.weight("w", {16, 3, 3, 3}), m.weight("b", {16})});
        m.with_text("auto_pad", "SAME_UPPER");
        m.node("Transpose", "y", {"c"});
        m.with("perm", {0, 2, 3, 1});
        const auto net = imported("last", m);
        CHECK(net.macs() == 64 * 16 * 27);
        CHECK(net.layers.size() == 4);  // the input, two transpositions, the convolution
        CHECK(net.layers.back().outputs[0] == Shape{8, 8, 16});
    }
}

}  // namespace dyad::arch_space
