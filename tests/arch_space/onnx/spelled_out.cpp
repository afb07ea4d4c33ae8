// SPDX-License-Identifier: Apache-2.0
// Normalisations, biases and clips as older operator sets and channels-last exporters spell them out.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

/// A stored table of one number, as scales and shifts are before training.
std::string filled(ModelBuilder& m, const std::string& name, std::int64_t size, float value) {
    m.weight(name, {size});
    for (std::int64_t i = 0; i < size; ++i) m.last_weight()->add_float_data(value);
    return name;
}

/// (x - mean) / sqrt(variance + epsilon) * scale + shift over the last axes.
std::string layer_norm(ModelBuilder& m, const std::string& name, const std::string& x, const Dims& axes,
                       const std::string& scale, const std::string& shift) {
    const auto mean = m.node("ReduceMean", name + ".mean", {x});
    m.with("axes", axes);
    const auto centred = m.node("Sub", name + ".centred", {x, mean});
    const auto square = m.node("Pow", name + ".square", {centred, m.number(name + ".two", 2)});
    const auto variance = m.node("ReduceMean", name + ".variance", {square});
    m.with("axes", axes);
    const auto safe = m.node("Add", name + ".safe", {variance, m.number(name + ".epsilon", 1e-5F)});
    const auto normal = m.node("Div", name + ".normal", {centred, m.node("Sqrt", name + ".root", {safe})});
    return m.node("Add", name, {m.node("Mul", name + ".scaled", {normal, scale}), shift});
}

std::string turned(ModelBuilder& m, const std::string& name, const std::string& x) {
    m.node("Transpose", name, {x});
    m.with("perm", {0, 2, 3, 1});
    return name;
}

}  // namespace

TEST_SUITE("arch_space/onnx/spelled_out") {
    TEST_CASE("layer normalisations whose equal tables the exporter merged count their parameters each") {
        ModelBuilder m;
        m.input("x", {-1, 5, 32}).output("n2");
        filled(m, "gamma", 32, 1);
        filled(m, "beta", 32, 0);
        m.node("Identity", "gamma2", {"gamma"});
        m.node("Identity", "beta2", {"beta"});
        const auto n1 = layer_norm(m, "n1", "x", {-1}, "gamma", "beta");
        const auto l = m.node("MatMul", "l", {n1, m.weight("w", {32, 32})});
        (void)layer_norm(m, "n2", l, {-1}, "gamma2", "beta2");
        const auto net = imported("merged", m);
        CHECK(operators(net) == Names{"input", "layer_norm", "linear", "layer_norm"});
        CHECK(net.parameters() == 32 * 32 + 2 * (32 + 32));
        CHECK(net.macs() == 5 * 32 * 32);
    }
    TEST_CASE("a layer normalisation that is used twice has its parameters once") {
        ModelBuilder m;
        m.input("x", {-1, 5, 32}).output("n2");
        filled(m, "gamma", 32, 1);
        filled(m, "beta", 32, 0);
        const auto n1 = layer_norm(m, "n1", "x", {-1}, "gamma", "beta");
        const auto l = m.node("MatMul", "l", {n1, m.weight("w", {32, 32})});
        (void)layer_norm(m, "n2", l, {-1}, "gamma", "beta");
        CHECK(imported("twice", m).parameters() == 32 * 32 + (32 + 32));
    }
    TEST_CASE("tables of several numbers that were merged are tied, but for those of copies of a layer") {
        const auto parameters = [](const std::string& kept, const std::string& merged) {
            ModelBuilder m;
            m.input("x", {-1, 2}).output("b");
            m.weight(kept, {2, 2});
            for (const float value : {1.F, 2.F, 3.F, 4.F}) m.last_weight()->add_float_data(value);
            m.node("Identity", merged, {kept});
            m.node("MatMul", "b", {m.node("MatMul", "a", {"x", kept}), merged});
            return imported("tied", m).parameters();
        };
        CHECK(parameters("table.weight", "head.weight") == 4);
        CHECK(parameters("layers.0.linear1.weight", "layers.0.linear2.bias") == 4);
        CHECK(parameters("layers.0.linear1.weight", "layers.11.linear1.weight") == 8);
        CHECK(parameters("onnx::MatMul_279", "onnx::MatMul_282") == 8);
    }
    TEST_CASE("a table of embeddings that was stored once more, turned round, is tied, in the file or beside it") {
        const auto parameters = [](const std::vector<float>& head, bool beside) {
            ModelBuilder m;  // 3 tokens of width 2
            m.input("ids", {-1, 5}, ::onnx::TensorProto::INT64).output("y");
            std::string kept(8, '\0');
            const auto store = [&](const char* name, const Dims& dims, const std::vector<float>& values) {
                m.weight(name, dims);
                const std::string bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
                if (!beside) m.last_weight()->set_raw_data(bytes);
                if (beside) m.outside("tables.bin", std::to_string(kept.size()));
                kept += bytes;
                return name;
            };
            m.node("Gather", "e", {store("table", {3, 2}, {1, 2, 3, 4, 5, 6}), "ids"});
            m.node("MatMul", "y", {"e", store("head", {2, 3}, head)});
            const dyad::test::Scratch folder;
            static_cast<void>(folder.put("tables.bin", kept));
            return parse(import_onnx(folder.put("net.onnx", m.bytes()))).parameters();
        };
        for (const bool beside : {false, true}) {
            CHECK(parameters({1, 3, 5, 2, 4, 6}, beside) == 6);
            CHECK(parameters({1, 3, 5, 2, 4, 7}, beside) == 12);
            CHECK(parameters({1, 2, 3, 4, 5, 6}, beside) == 12);
        }
    }
    TEST_CASE("of large tables elements spread over them are compared") {
        const auto parameters = [](std::int64_t changed_column) {
            ModelBuilder m;  // 256 tokens of width 64: 1024 of 16384 elements
            m.input("ids", {-1, 5}, ::onnx::TensorProto::INT64).output("y");
            std::vector<std::int8_t> table(16384), head(16384);
            for (std::int64_t i = 0; i < 16384; ++i) {
                const auto value = static_cast<std::int8_t>((i * i / 7) % 100);
                table.at(static_cast<std::size_t>(i)) = value;
                const auto at = i % 64 * 256 + i / 64;
                head.at(static_cast<std::size_t>(at)) = i % 64 == changed_column ? std::int8_t{101} : value;
            }
            m.weight("table", {256, 64}, ::onnx::TensorProto::INT8);
            m.last_weight()->set_raw_data(table.data(), table.size());
            m.weight("head", {64, 256}, ::onnx::TensorProto::INT8);
            m.last_weight()->set_raw_data(head.data(), head.size());
            m.node("MatMul", "y", {m.node("Gather", "e", {"table", "ids"}), "head"});
            return imported("large", m).parameters();
        };
        CHECK(parameters(-1) == 16384);
        for (std::int64_t column = 0; column < 64; column += 9) CHECK(parameters(column) == 2 * 16384);
    }
    TEST_CASE("layer normalisation over several axes") {
        ModelBuilder old, later(17);
        for (auto* m : {&old, &later}) {
            m->input("x", {-1, 8, 6, 6}).output("y");
            m->weight("gamma", {8, 6, 6});
            m->weight("beta", {8, 6, 6});
        }
        (void)layer_norm(old, "y", "x", {-3, -2, -1}, "gamma", "beta");
        later.node("LayerNormalization", "y", {"x", "gamma", "beta"});
        later.with("axis", -3);
        for (const auto* m : {&old, &later}) {
            const auto net = imported("axes", *m);
            CHECK(net.parameters() == 2 * 8 * 6 * 6);
            CHECK(net.layers.back().op.index() == Operator(Normalisation{}).index());
            CHECK(elements(net.layers.back().outputs[0]) == 8 * 6 * 6);
        }
    }
    TEST_CASE("layer normalisation over the channels of an image, as ConvNeXt spells it") {
        for (const bool unsqueezed : {false, true}) {
            ModelBuilder m;
            m.input("x", {-1, 8, 6, 6}).output("y");
            auto gamma = m.weight("gamma", unsqueezed ? Dims{8} : Dims{8, 1, 1}), beta = m.weight("beta", {8, 1, 1});
            if (unsqueezed) gamma = m.node("Unsqueeze", "gamma2", {gamma, m.numbers("axes", {1, 2})});
            (void)layer_norm(m, "y", "x", {1}, gamma, beta);
            const auto net = imported("channels", m);
            CHECK(operators(net) == Names{"input", "layer_norm"});
            CHECK(net.layers.back().outputs[0] == Shape{8, 6, 6});
            CHECK(net.parameters() == 16);
        }
    }
    TEST_CASE("layer normalisation as TensorFlow folds it: x m + (shift - mean m)") {
        ModelBuilder m;
        m.input("x", {-1, 5, 32}).output("y");
        m.node("ReduceMean", "mean", {"x"});
        m.with("axes", Dims{2});
        m.node("Sub", "d", {"x", "mean"});
        m.node("ReduceMean", "variance", {m.node("Mul", "square", {"d", "d"})});
        m.with("axes", Dims{2});
        m.node("Sqrt", "root", {m.node("Add", "safe", {"variance", m.number("epsilon", 1e-5F)})});
        m.node("Mul", "m", {m.node("Reciprocal", "inverse", {"root"}), m.weight("gamma", {32})});
        m.node("Sub", "rest", {m.weight("beta", {32}), m.node("Mul", "mm", {"mean", "m"})});
        m.node("Add", "y", {m.node("Mul", "xm", {"x", "m"}), "rest"});
        const auto net = imported("tensorflow", m);
        CHECK(operators(net) == Names{"input", "layer_norm"});
        CHECK(net.parameters() == 64);
    }
    TEST_CASE("a root mean square normalisation learns its scale alone") {
        ModelBuilder m;
        m.input("x", {-1, 5, 32}).output("y");
        m.node("ReduceMean", "mean", {m.node("Pow", "square", {"x", m.number("two", 2)})});
        m.with("axes", Dims{-1});
        m.node("Sqrt", "root", {m.node("Add", "safe", {"mean", m.number("epsilon", 1e-5F)})});
        m.node("Mul", "n", {"x", m.node("Div", "inverse", {m.number("one", 1), "root"})});
        m.node("Mul", "y", {m.weight("gamma", {32}), "n"});
        const auto net = imported("rms", m);
        CHECK(net.parameters() == 32);
        CHECK(operators(net) ==
              Names{"input", "mul", "reshape", "pool", "sqrt", "reciprocal", "reshape", "mul", "scale"});
    }
    TEST_CASE("a scale that does not fit what it normalises is refused") {
        ModelBuilder m;
        m.input("x", {-1, 5, 32}).output("y");
        (void)layer_norm(m, "y", "x", {-1}, m.weight("gamma", {16}), m.weight("beta", {16}));
        CHECK(import_error("misfit", m.bytes()) == "node 'y' (Add): scale and shift do not fit 1x5x32");
    }
    TEST_CASE("group normalisation whose shape is cast and whose tables get axes") {
        ModelBuilder m(7);
        m.input("x", {-1, 8, 4, 4}).output("y");
        m.weight("groups", {3}, ::onnx::TensorProto::DOUBLE);
        for (const double size : {0.0, 2.0, -1.0}) m.last_weight()->add_double_data(size);
        m.node("Cast", "shape", {"groups"});
        m.with("to", ::onnx::TensorProto::INT64);
        m.node("Reshape", "apart", {"x", "shape"});
        m.node("InstanceNormalization", "i", {"apart", filled(m, "ones", 2, 1), filled(m, "zeros", 2, 0)});
        m.node("Reshape", "back", {"i", m.node("Shape", "full", {"x"})});
        m.node("Unsqueeze", "scale", {m.weight("gamma", {8})});
        m.with("axes", {1, 2});
        m.node("Unsqueeze", "shift", {m.weight("beta", {8})});
        m.with("axes", {1, 2});
        m.node("Add", "y", {m.node("Mul", "scaled", {"back", "scale"}), "shift"});
        const auto net = imported("group", m);
        CHECK(operators(net) == Names{"input", "group_norm"});
        CHECK(net.parameters() == 2 * 8);
    }
    TEST_CASE("a bias behind the transposition to channels last becomes part of the convolution") {
        ModelBuilder m;
        m.input("x", {-1, 3, 16, 16}).output("y");
        const auto c = m.node("Conv", "c", {"x", m.weight("w", {8, 3, 3, 3})});
        m.node("Add", "y", {turned(m, "t", c), m.weight("b", {8})});
        const auto net = imported("bias", m);
        CHECK(operators(net) == Names{"input", "conv", "transpose"});
        CHECK(net.parameters() == 8 * 27 + 8);
        CHECK(net.macs() == 14 * 14 * 8 * 27);
        CHECK(net.layers.back().outputs[0] == Shape{14, 14, 8});
    }
    TEST_CASE("scale and shift of channels that are last are a batch normalisation") {
        ModelBuilder m;
        m.input("x", {-1, 3, 16, 16}).output("y");
        const auto c = m.node("Conv", "c", {"x", m.weight("w", {8, 3, 3, 3})});
        m.node("Mul", "m", {turned(m, "t", c), m.weight("g", {8})});
        m.node("Add", "y", {"m", m.weight("b", {8})});
        const auto net = imported("scale", m);
        CHECK(net.parameters() == 8 * 27 + 2 * 8);
        CHECK(net.layers.back().outputs[0] == Shape{14 * 14, 8});
    }
    TEST_CASE("a clip to 6 behind a rectifier is one activation with it, and another without it") {
        ModelBuilder old(9), later(13), alone(9);
        for (auto* m : {&old, &later, &alone}) m->input("x", {-1, 4}).output("y");
        old.node("Clip", "y", {old.node("Relu", "r", {"x"})});
        later.node("Clip", "y", {later.node("Relu", "r", {"x"}), "", later.number("six", 6)});
        alone.node("Clip", "y", {"x"});
        for (auto* m : {&old, &alone}) m->with_number("max", 6);
        for (const auto* m : {&old, &later}) CHECK(operators(imported("six", *m)) == Names{"input", "relu6"});
        CHECK(operators(imported("alone", alone)) == Names{"input", "hardtanh"});
    }
    TEST_CASE("a stack of weights is a linear layer for each matrix") {
        ModelBuilder m;
        m.input("x", {-1, 3, 5, 8}).output("y");
        m.node("MatMul", "y", {"x", m.weight("w", {1, 3, 8, 4})});
        const auto net = imported("stack", m);
        CHECK(net.macs() == 3 * 5 * 8 * 4);
        CHECK(net.parameters() == 3 * 8 * 4);
        CHECK(elements(net.layers.back().outputs[0]) == 3 * 5 * 4);
        ModelBuilder one;  // the same rows by each matrix
        one.input("x", {-1, 1, 5, 8}).output("y");
        one.node("MatMul", "y", {"x", one.weight("w", {1, 3, 8, 4})});
        CHECK(imported("one", one).macs() == 3 * 5 * 8 * 4);
        ModelBuilder part;
        part.input("x", {-1, 2, 3, 5, 8}).output("y");
        part.node("MatMul", "y", {"x", part.weight("w", {3, 8, 4})});
        CHECK(import_error("part", part.bytes()) == "node 'y' (MatMul): stacks of matrices that are spread in part");
    }
    TEST_CASE("blocks of pixels become channels and back") {
        ModelBuilder m;
        m.input("x", {-1, 16, 4, 6}).output("z");
        m.node("DepthToSpace", "y", {"x"});
        m.with("blocksize", 2);
        const auto c = m.conv("c", "y", 4, 4, 1);  // 8 x 12 pixels of 4 channels
        m.node("SpaceToDepth", "z", {c});
        m.with("blocksize", 4);
        const auto net = imported("blocks", m);
        CHECK(net.macs() == 8 * 12 * 4 * 4);
        CHECK(elements(net.layers.back().outputs[0]) == 16 * 4 * 6);
        ModelBuilder odd;
        odd.input("x", {-1, 6, 4, 6}).output("y");
        odd.node("DepthToSpace", "y", {"x"});
        odd.with("blocksize", 2);
        CHECK(import_error("odd", odd.bytes()) == "node 'y' (DepthToSpace): blocks of 2 in 1x6x4x6");
    }
}

}  // namespace dyad::arch_space
