// SPDX-License-Identifier: Apache-2.0
// Whole networks: what is imported counts the same as the network file.
#include "tests/arch_space/onnx/model_builder.hpp"

namespace dyad::arch_space {
namespace {

using std::to_string;

std::string basic_block(ModelBuilder& m, const std::string& name, const std::string& in, std::int64_t channels,
                        std::int64_t out, std::int64_t stride) {
    auto x = m.batch_norm(name + ".bn1", m.conv(name + ".conv1", in, channels, out, 3, stride), out);
    x = m.node("Relu", name + ".relu1", {x});
    x = m.batch_norm(name + ".bn2", m.conv(name + ".conv2", x, out, out, 3), out);
    auto side = in;
    if (stride != 1 || channels != out)
        side = m.batch_norm(name + ".bn3", m.conv(name + ".down", in, channels, out, 1, stride), out);
    return m.node("Relu", name + ".relu2", {m.node("Add", name + ".add", {x, side})});
}

/// torchvision.models.resnet18 as torch.onnx.export writes it in training mode (batch normalisation kept).
ModelBuilder resnet18() {
    ModelBuilder m;
    m.input("input", {-1, 3, 224, 224}).output("fc");
    auto x = m.node("Relu", "relu", {m.batch_norm("bn1", m.conv("conv1", "input", 3, 64, 7, 2), 64)});
    x = m.node("MaxPool", "maxpool", {x});
    m.with("kernel_shape", {3, 3}).with("strides", {2, 2}).with("pads", {1, 1, 1, 1});
    std::int64_t channels = 64;
    for (std::int64_t stage = 0; stage < 4; ++stage)
        for (std::int64_t i = 0; i < 2; ++i) {
            const auto out = std::int64_t{64} << stage;
            x = basic_block(m, "layer" + to_string(stage + 1) + "." + to_string(i), x, channels, out,
                            stage > 0 && i == 0 ? 2 : 1);
            channels = out;
        }
    x = m.node("Flatten", "flatten", {m.node("GlobalAveragePool", "avgpool", {x})});
    (void)m.linear("fc", x, 512, 1000);
    return m;
}

}  // namespace

TEST_SUITE("arch_space/onnx/networks") {
    TEST_CASE("ResNet-18 has the parameters, multiplications and shapes of its network file") {
        const auto net = imported("resnet18", resnet18());
        const auto reference = read_config("resnet18");
        CHECK(net.parameters() == 11'689'512);  // torchvision
        CHECK(net.macs() == reference.macs());
        CHECK(net.layers.back().outputs[0] == Shape{1000});
        auto ours = operators(net), theirs = operators(reference);
        std::ranges::sort(ours);
        std::ranges::sort(theirs);
        std::erase(theirs, "flatten");
        std::erase(ours, "reshape");
        std::erase(theirs, "reshape");
        CHECK(ours == theirs);
    }
    TEST_CASE("a small network is written as one would write it") {
        ModelBuilder m;
        m.input("image", {-1, 3, 8, 8}).output("fc");
        const auto a = m.conv("a", "image", 3, 4, 3, 2);
        const auto r = m.node("Relu", "r", {m.batch_norm("b", a, 4)});
        const auto g = m.node("GlobalAveragePool", "g", {r});
        (void)m.linear("fc", m.node("Flatten", "flat", {g}), 4, 10);
        CHECK(imported_text("small", m.bytes()) ==
              "network: \"net\"\n"
              "source: \"ONNX operator set 13, made by tests\"\n"
              "input: {image: [3, 8, 8]}\n"
              "precision: fp32\n"
              "layers:\n"
              "  - conv: {name: a, out: 4, kernel: 3, stride: 2, pad: 1, bias: false}\n"
              "  - batch_norm: {name: b}\n"
              "  - relu: {name: r}\n"
              "  - pool: {name: g, type: average, global: true}\n"
              "  - reshape: {name: g_as_4, shape: [4]}\n"
              "  - linear: {name: fc, out: 10}\n");
    }
}

}  // namespace dyad::arch_space
