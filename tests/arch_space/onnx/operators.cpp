// SPDX-License-Identifier: Apache-2.0
// Single operators, and what exporters make of them in several operator sets.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

constexpr int int8 = ::onnx::TensorProto::INT8, uint8 = ::onnx::TensorProto::UINT8, int32 = ::onnx::TensorProto::INT32,
              int64 = ::onnx::TensorProto::INT64;

}  // namespace

TEST_SUITE("arch_space/onnx/operators") {
    TEST_CASE("convolutions keep groups, strides, dilations and uneven padding") {
        ModelBuilder m;
        m.input("x", {-1, 8, 9, 9}).output("d");
        m.node("Conv", "a", {"x", m.weight("wa", {16, 4, 3, 3}), m.weight("ba", {16})});
        m.with("group", 2).with("pads", {1, 0, 2, 1}).with("strides", {2, 1}).with("dilations", {1, 2});
        m.node("Conv", "b", {"a", m.weight("wb", {16, 1, 3, 3})});
        m.with("group", 16).with_text("auto_pad", "SAME_UPPER");
        m.node("Conv", "c", {"b", m.weight("wc", {32, 1, 3, 3})});
        m.with("group", 16).with_text("auto_pad", "VALID");
        m.node("ConvTranspose", "d", {"c", m.weight("wd", {32, 3, 4, 4}), m.weight("bd", {6})});
        m.with("group", 2).with("strides", {2, 2}).with("pads", {1, 1, 1, 1}).with("output_padding", {1, 1});
        CHECK(
            layers("conv", m) ==
            "  - conv: {name: a, out: 16, kernel: 3, stride: [2, 1], pad: [1, 2, 0, 1], dilation: [1, 2], groups: 2}\n"
            "  - depthwise_conv: {name: b, out: 16, kernel: 3, pad: same, bias: false}\n"
            "  - depthwise_conv: {name: c, out: 32, kernel: 3, pad: 0, bias: false}\n"
            "  - conv_transpose: {name: d, out: 6, kernel: 4, stride: 2, pad: 1, groups: 2, output_padding: 1}\n");
        // rows of a: (9 + 3 - 3) / 2 + 1 = 5, columns: 9 + 1 - 5 + 1 = 6; c: 3 x 4; d: (3 - 1) * 2 + 4 + 1 - 2 = 7, 9
        const auto net = imported("conv", m);
        CHECK(layer(net, "a").outputs[0] == Shape{16, 5, 6});
        CHECK(layer(net, "d").outputs[0] == Shape{6, 7, 9});
        CHECK(net.parameters() == 16 * 4 * 9 + 16 + 16 * 9 + 32 * 9 + 32 * 3 * 16 + 6);
    }
    TEST_CASE("a transposed convolution may be told the size of its output, as by TensorFlow") {
        const auto made = [](const Dims& shape, const std::string& side) {
            ModelBuilder m;
            m.input("x", {-1, 3, 8, 8}).output("y");
            m.node("ConvTranspose", "y", {"x", m.weight("w", {3, 4, 3, 4})});
            m.with("strides", {2, 2}).with("output_shape", shape).with_text("auto_pad", side);
            CHECK(imported("shaped", m).layers.back().outputs[0] == Shape{4, 16, 16});
            return layers("shaped", m);
        };
        // rows: (8 - 1) * 2 + 3 = 17, one too many; columns: 14 + 4 = 18, two too many
        CHECK(made({16, 16}, "SAME_UPPER") ==
              "  - conv_transpose: {name: y, out: 4, kernel: [3, 4], stride: 2, pad: [0, 1, 1, 1], bias: false}\n");
        CHECK(made({1, 4, 16, 16}, "NOTSET") ==
              "  - conv_transpose: {name: y, out: 4, kernel: [3, 4], stride: 2, pad: [1, 0, 1, 1], bias: false}\n");
        ModelBuilder m;
        m.input("x", {-1, 3, 8}).output("y");
        m.node("ConvTranspose", "y", {"x", m.weight("w", {3, 4, 1})});
        m.with("strides", Dims{2}).with("output_shape", Dims{16});  // (8 - 1) * 2 + 1 = 15, one too few
        CHECK(layers("longer", m).find("stride: [2, 1], pad: 0, output_padding: [1, 0]") != std::string::npos);
        m.with("output_shape", {16, 16});
        CHECK(import_error("ranks", m.bytes()) == "node 'y' (ConvTranspose): 2 numbers in 'output_shape', expected 1");
    }
    TEST_CASE("a padding node becomes part of the convolution, a bias node part of the layer, as TensorFlow has them") {
        ModelBuilder m(11);
        m.input("x", {-1, 9, 9, 3}).output("s");
        m.node("Transpose", "t", {"x"});
        m.with("perm", {0, 3, 1, 2});
        m.node("Pad", "p", {"t", m.numbers("pads", {0, 0, 0, 0, 0, 0, 1, 1})});
        m.node("Conv", "c", {"p", m.weight("w", {8, 3, 3, 3})});
        m.with("strides", {2, 2});
        m.node("Add", "biased", {"c", m.weight("b", {1, 8, 1, 1})});
        m.node("ReduceMean", "mean", {"biased"});
        m.with("axes", {2, 3}).with("keepdims", 0);
        m.node("MatMul", "d", {"mean", m.weight("v", {8, 5})});
        m.node("Add", "e", {"d", m.weight("u", {5})});
        m.node("Softmax", "s", {"e"});
        CHECK(layers("tensorflow", m) ==
              "  - transpose: {name: t, order: [2, 0, 1]}\n"
              "  - conv: {name: c, out: 8, kernel: 3, stride: 2, pad: [0, 1, 0, 1]}\n"
              "  - pool: {name: mean, type: average, global: true}\n"
              "  - reshape: {name: mean_as_8, shape: [8]}\n"
              "  - linear: {name: d, out: 5}\n"
              "  - softmax: {name: s}\n");
    }
    TEST_CASE("clipping, squeezing and slicing mean the same as attributes and as inputs") {
        ModelBuilder old(7), later(13);
        for (auto* m : {&old, &later}) m->input("x", {-1, 4, 6, 1}).output("l");
        old.node("Clip", "c", {"x"});
        old.with_number("min", 0).with_number("max", 6);
        old.node("Squeeze", "q", {"c"});
        old.with("axes", Dims{3});
        old.node("Slice", "s", {"q"});
        old.with("starts", Dims{1}).with("ends", Dims{3}).with("axes", Dims{1});
        old.node("Relu", "l", {"s"});
        later.node("Clip", "c", {"x", later.number("low", 0), later.number("high", 6)});
        later.node("Squeeze", "q", {"c", later.numbers("axes", {-1})});
        later.node("Slice", "s",
                   {"q", later.numbers("first", {1}), later.numbers("end", {-1}), later.numbers("along", {1})});
        later.node("Relu", "l", {"s"});
        const std::string expected =
            "  - relu6: {name: c}\n"
            "  - reshape: {name: c_as_4x6, shape: [4, 6]}\n"
            "  - gather: {name: s, indices: [1, 2]}\n"
            "  - relu: {name: l}\n";
        CHECK(layers("old", old) == expected);
        CHECK(layers("later", later) == expected);
    }
    TEST_CASE("a flattening whose shape is computed is folded") {
        ModelBuilder m;
        m.input("x", {-1, 2, 3, 3}).output("y");
        m.node("Relu", "r", {"x"});
        m.node("Shape", "shape", {"r"});
        m.node("Gather", "n", {"shape", m.index("zero", 0)});
        m.node("Unsqueeze", "n1", {"n", m.numbers("axis", {0})});
        m.node("Concat", "target", {"n1", m.numbers("rest", {-1})});
        m.with("axis", 0);
        m.node("Reshape", "flat", {"r", "target"});
        (void)m.linear("y", "flat", 18, 5);
        CHECK(layers("folded", m) ==
              "  - relu: {name: r}\n"
              "  - reshape: {name: r_as_18, shape: [18]}\n"
              "  - linear: {name: y, out: 5}\n");
    }
    TEST_CASE("activations that exporters spell out are recognized") {
        ModelBuilder m;
        m.input("x", {-1, 16, 32}).output("last");
        m.node("Sigmoid", "s", {"x"});
        m.node("Mul", "swish", {"x", "s"});
        m.node("Div", "d", {"swish", m.number("root2", 1.41421356F)});
        m.node("Erf", "erf", {"d"});
        m.node("Add", "one", {"erf", m.number("1", 1)});
        m.node("Mul", "times", {"swish", "one"});
        m.node("Mul", "gelu", {"times", m.number("half", 0.5F)});
        m.node("Add", "three", {"gelu", m.number("3", 3)});
        m.node("Clip", "six", {"three", m.number("0", 0), m.number("6", 6)});
        m.node("Mul", "product", {"gelu", "six"});
        m.node("Div", "hard", {"product", "6"});
        m.node("ReduceMean", "mean", {"hard"});
        m.with("axes", Dims{-1});
        m.node("Sub", "centred", {"hard", "mean"});
        m.node("Pow", "square", {"centred", m.number("2", 2)});
        m.node("ReduceMean", "variance", {"square"});
        m.with("axes", Dims{-1});
        m.node("Add", "safe", {"variance", m.number("epsilon", 1e-5F)});
        m.node("Sqrt", "deviation", {"safe"});
        m.node("Div", "normal", {"centred", "deviation"});
        m.node("Mul", "scaled", {"normal", m.weight("gamma", {32})});
        m.node("Add", "last", {"scaled", m.weight("beta", {32})});
        CHECK(layers("patterns", m) ==
              "  - swish: {name: swish}\n"
              "  - gelu: {name: gelu}\n"
              "  - hardswish: {name: hard}\n"
              "  - layer_norm: {name: last}\n");
    }
    TEST_CASE("a pattern someone looks into stays as it is") {
        ModelBuilder m;
        m.input("x", {-1, 4}).output("y").output("s");
        m.node("Sigmoid", "s", {"x"});
        m.node("Mul", "y", {"x", "s"});
        CHECK(layers("open", m) == "  - sigmoid: {name: s}\n  - mul: {name: y, from: [x, s]}\n");
    }
    TEST_CASE("attention is two batched products, and heads are axes") {
        // 2 heads of 8 channels over 5 tokens; the reference counts 4 projections and 2 products of 2 x 5 x 5 x 8
        ModelBuilder m;
        m.input("x", {-1, 5, 16}).output("out");
        for (const std::string part : {"q", "k", "v"}) {
            m.node("MatMul", part, {"x", m.weight(part + "w", {16, 16})});
            m.node("Add", part + "b", {m.weight(part + "bias", {16}), part});
            m.node("Reshape", part + "r", {part + "b", m.numbers(part + "shape", {0, -1, 2, 8})});
            m.node("Transpose", part + "t", {part + "r"});
            m.with("perm", part == "k" ? Dims{0, 2, 3, 1} : Dims{0, 2, 1, 3});
        }
        m.node("MatMul", "scores", {"qt", "kt"});
        m.node("Div", "scaled", {"scores", m.number("root", 2.828427F)});
        m.node("Softmax", "soft", {"scaled"});
        m.with("axis", -1);
        m.node("MatMul", "mixed", {"soft", "vt"});
        m.node("Transpose", "mt", {"mixed"});
        m.with("perm", {0, 2, 1, 3});
        m.node("Reshape", "mr", {"mt", m.numbers("joined", {0, 5, 16})});
        m.node("MatMul", "o", {"mr", m.weight("ow", {16, 16})});
        m.node("Add", "out", {"o", m.weight("ob", {16})});
        const auto net = imported("attention", m);
        const auto reference = parse("[5, 16]", "[attention: {heads: 2}]");
        CHECK(net.parameters() == reference.parameters());
        CHECK(net.parameters() == 4 * (16 * 16 + 16));
        CHECK(net.macs() == reference.macs());
        CHECK(net.macs() == 4 * 5 * 16 * 16 + 2 * (2 * 5 * 5 * 8));
        CHECK(layer(net, "scores").outputs[0] == Shape{2, 5, 5});
        CHECK(net.layers.back().outputs[0] == Shape{5, 16});
    }
    TEST_CASE("embeddings, learned tokens, positions and tied weights are found") {
        ModelBuilder m;
        m.input("ids", {-1, 7}, int64).output("logits");
        m.node("Gather", "embed", {m.weight("table", {100, 16}), "ids"});
        m.node("Concat", "with_class", {m.weight("class", {1, 1, 16}), "embed"});
        m.with("axis", 1);
        m.node("Add", "placed", {"with_class", m.weight("places", {1, 8, 16})});
        m.node("Transpose", "turned", {"table"});
        m.with("perm", {1, 0});
        m.node("MatMul", "logits", {"placed", "turned"});
        CHECK(layers("tokens", m) ==
              "  - embedding: {name: embed, entries: 100, width: 16}\n"
              "  - token: {name: with_class, count: 1}\n"
              "  - position: {name: placed, entries: 8}\n"
              "  - linear: {name: logits, out: 100, bias: false, tied: embed}\n");
        CHECK(imported("tokens", m).parameters() == 100 * 16 + 16 + 8 * 16);
    }
    TEST_CASE("parts, joins, sizes and group normalisation") {
        ModelBuilder m;
        m.input("x", {-1, 6, 4, 4}).output("y");
        m.node("Split", "a", {"x"});
        m.also("b");
        m.with("axis", 1).with("split", {2, 4});
        m.node("Concat", "c", {"b", "a"});
        m.with("axis", 1);
        m.node("Resize", "r", {"c", "", m.weight("none", {0})});
        m.last_node()->mutable_input()->RemoveLast();
        m.last_node()->add_input("scales");
        m.weight("scales", {4});
        for (const float scale : {1.F, 1.F, 2.F, 2.F}) m.last_weight()->add_float_data(scale);
        m.node("Reshape", "g", {"r", m.numbers("groups", {0, 3, -1})});
        m.node("InstanceNormalization", "i", {"g", m.weight("ones", {3}), m.weight("zeros", {3})});
        m.node("Reshape", "back", {"i", m.numbers("full", {1, 6, 8, 8})});
        m.node("Mul", "scaled", {"back", m.weight("gamma", {6, 1, 1})});
        m.node("Add", "y", {"scaled", m.weight("beta", {6, 1, 1})});
        CHECK(layers("parts", m) ==
              "  - split: {name: a, axis: 0, sizes: [2, 4]}\n"
              "  - concat: {name: c, from: [a.1, a.0], axis: 0}\n"
              "  - resize: {name: r, output: 8, mode: nearest}\n"
              "  - group_norm: {name: y, groups: 3}\n");
    }
    TEST_CASE("quantised operators and pairs of quantisation give the precision") {
        ModelBuilder linear(10), pairs(13);
        for (auto* m : {&linear, &pairs}) {
            m->input("x", {-1, 3, 8, 8}).output("y");
            m->number("scale", 0.1F);
            m->weight("zero", {}, uint8);
            m->weight("w", {4, 3, 3, 3}, int8);
            m->weight("b", {4}, int32);
            m->node("QuantizeLinear", "xq", {"x", "scale", "zero"});
        }
        linear.node("QLinearConv", "c", {"xq", "scale", "zero", "w", "scale", "zero", "scale", "zero", "b"});
        linear.node("Flatten", "f", {"c"});
        linear.node("QLinearMatMul", "m",
                    {"f", "scale", "zero", linear.weight("v", {144, 5}, int8), "scale", "zero", "scale", "zero"});
        linear.node("DequantizeLinear", "y", {"m", "scale", "zero"});
        pairs.node("DequantizeLinear", "xd", {"xq", "scale", "zero"});
        pairs.node("DequantizeLinear", "wd", {"w", "scale"});
        pairs.node("DequantizeLinear", "bd", {"b", "scale"});
        pairs.node("Conv", "c", {"xd", "wd", "bd"});
        pairs.node("Flatten", "f", {"c"});
        pairs.node("DequantizeLinear", "vd", {pairs.weight("v", {144, 5}, int8), "scale"});
        pairs.node("MatMul", "m", {"f", "vd"});
        pairs.node("Identity", "y", {"m"});
        for (const auto* m : {&linear, &pairs}) {
            const auto text = imported_text("quantised", m->bytes());
            CHECK(text.substr(text.find("input:")) ==
                  "input: {x: {shape: [3, 8, 8], precision: fp32}}\n"
                  "precision: int8\n"
                  "layers:\n"
                  "  - conv: {name: c, out: 4, kernel: 3, pad: 0}\n"
                  "  - reshape: {name: c_as_144, shape: [144]}\n"
                  "  - linear: {name: m, out: 5, bias: false}\n");
        }
    }
    TEST_CASE("stacks of matrices of any depth multiply, one matrix with many too") {
        ModelBuilder m;
        m.input("a", {-1, 2, 3, 4, 5}).input("b", {-1, 2, 3, 5, 6}).input("c", {6, 7}).output("y");
        m.node("MatMul", "ab", {"a", "b"});
        m.node("MatMul", "y", {"ab", "c"});
        // the batch is 1, so c keeps its 6 rows: its first size is no other input's
        const auto net = imported("stacks", m);
        CHECK(net.macs() == 6 * 4 * 5 * 6 + 6 * 4 * 6 * 7);
    }
    TEST_CASE("a batch that the file fixes is one sample") {
        ModelBuilder m;
        m.input("x", {8, 3, 4, 4}).output("y");
        m.node("Reshape", "flat", {"x", m.numbers("shape", {8, 48})});
        (void)m.linear("y", "flat", 48, 5);
        CHECK(imported("fixed", m).macs() == 48 * 5);
    }
    TEST_CASE("other symbolic sizes are given by name") {
        ModelBuilder m;
        m.input("x", {0, -1, 4}).output("y");
        m.node("MatMul", "y", {"x", m.weight("w", {4, 5})});
        CHECK(import_error("symbolic", m.bytes()) == "input 'x': axis 1 (N) has no size; give it with --size N=...");
        CHECK(imported("symbolic", m, {{{"N", 6}}}).macs() == 6 * 4 * 5);
        const auto refused = [&](const std::string& name, std::uint64_t size) {
            try {
                (void)imported("symbolic", m, {{{name, size}}});
            } catch (const core::Error& error) {
                const std::string text = error.what();
                return text.substr(text.find(": ") + 2);
            }
            return std::string();
        };
        CHECK(refused("M", 6) == "--size M: no input has such an axis, expected N");
        CHECK(refused("N", 1 << 24) == "");
        CHECK(refused("N", (1 << 24) + 1) == "--size N: 16777217, expected 1 to 16777216");
    }
    TEST_CASE("tensors may lie in a file beside the model, which has to be there and long enough") {
        ModelBuilder m;
        m.input("x", {-1, 2, 3}).output("y");
        m.weight("shape", {2}, int64);
        m.outside("values.bin", "8");
        m.weight("w", {6, 4});
        m.outside("values.bin", "24");
        m.node("Reshape", "flat", {"x", "shape"});
        m.node("MatMul", "y", {"flat", "w"});
        const dyad::test::Scratch folder;
        std::string bytes(24 + 6 * 4 * 4, '\0');  // 8 unused ones, two numbers of 8, and a table of 24 numbers of 4
        bytes[8] = 1;
        bytes[16] = 6;
        (void)folder.put("values.bin", bytes);
        const auto import_of = [&] { return parse(import_onnx(folder.put("m.onnx", m.bytes()))).macs(); };
        CHECK(import_of() == 6 * 4);
        const auto complaint = [&] {
            try {
                (void)import_of();
            } catch (const core::Error& error) {
                const std::string text = error.what();
                return text.substr(text.find(": ") + 2);
            }
            return std::string();
        };
        m.outside("values.bin", "25");
        CHECK(complaint() == "tensor 'w' has 96 bytes from 25 on in 'values.bin', which has 120");
        m.outside("missing.bin", "0");
        CHECK(complaint() == "tensor 'w' lies in 'missing.bin', which cannot be read");
        m.outside("../values.bin", "0");
        CHECK(complaint() == "tensor 'w' lies in '../values.bin', expected a file in the model's folder");
    }
}

}  // namespace dyad::arch_space
