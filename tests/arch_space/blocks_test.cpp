// SPDX-License-Identifier: Apache-2.0
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {

TEST_SUITE("arch_space/blocks") {
    TEST_CASE("a basic block is two convolutions and a sum, with a projection where the shape changes") {
        CHECK(parse("[64, 56, 56]", "[basic_block: {out: 64}]").parameters() == 2 * (9 * 64 * 64 + 128));
        const auto net = parse("[64, 56, 56]", "[basic_block: {out: 128, stride: 2}]");
        CHECK(net.layers.back().outputs[0] == Shape{128, 28, 28});
        CHECK(net.parameters() == 9 * 64 * 128 + 9 * 128 * 128 + 64 * 128 + 3 * 256);
    }
    TEST_CASE("a bottleneck strides on its 3x3 convolution") {
        const auto net = parse("[256, 56, 56]", "[bottleneck: {name: b, out: 512, stride: 2}]");
        CHECK(layer(net, "b.conv1").outputs[0] == Shape{128, 56, 56});
        CHECK(layer(net, "b.conv2").outputs[0] == Shape{128, 28, 28});
        CHECK(net.parameters() == 256 * 128 + 9 * 128 * 128 + 128 * 512 + 256 * 512 + 2 * (128 + 128 + 512 + 512));
    }
    TEST_CASE("a bottleneck's groups and width make it ResNeXt's") {
        // ResNeXt-50 32x4d, second stage: width 128 of 256, 32 groups
        const auto net = parse("[256, 56, 56]", "[bottleneck: {out: 256, width: 128, groups: 32}]");
        CHECK(net.parameters() == 256 * 128 + 9 * 4 * 128 + 128 * 256 + 2 * (128 + 128 + 256));
    }
    TEST_CASE(
        "an inverted residual expands, filters by channel and projects; its sum needs stride 1 and equal widths") {
        const auto net = parse("[24, 56, 56]", "[inverted_residual: {name: b, expand: 6, out: 24}]");
        CHECK(net.parameters() == 24 * 144 + 144 * 9 + 144 * 24 + 2 * (144 + 144 + 24));
        CHECK(net.layers.back().name == "b.add");
        CHECK(layer(net, "b.expand.relu6").block == "b");
        CHECK(parse("[24, 56, 56]", "[inverted_residual: {expand: 6, out: 32}]").layers.back().name ==
              "inverted_residual0.project.norm");
        CHECK(parse("[24, 56, 56]", "[inverted_residual: {expand: 6, out: 24, stride: 2}]").layers.back().name ==
              "inverted_residual0.project.norm");
    }
    TEST_CASE("an inverted residual without expansion has two convolutions") {
        CHECK(parse("[32, 112, 112]", "[inverted_residual: {expand: 1, out: 16}]").parameters() ==
              32 * 9 + 32 * 16 + 2 * (32 + 16));
    }
    TEST_CASE("squeeze-and-excite gates by a quarter of the channels, rounded to eights") {
        // MobileNetV3-Large, 72 channels: round(72 / 4 to 8) = 24 (16 would lose more than a tenth)
        const auto net = parse("[72, 28, 28]", "[squeeze_excite]");
        CHECK(net.parameters() == 72 * 24 + 24 + 24 * 72 + 72);
        CHECK(net.macs() == 2 * 72 * 24);
        CHECK(net.layers.back().outputs[0] == Shape{72, 28, 28});
        // EfficientNet: a quarter of the block's 16 input channels
        const auto b0 = parse("[16, 112, 112]",
                              "[mbconv: {expand: 6, out: 24, stride: 2, squeeze_excite: {of: input, divisor: 1}}]");
        CHECK(b0.parameters() == 16 * 96 + 96 * 9 + (96 * 4 + 4 + 4 * 96 + 96) + 96 * 24 + 2 * (96 + 96 + 24));
    }
    TEST_CASE("a fused block has one convolution for two, or for all three without expansion") {
        // EfficientNetV2-S, stage 2, first block: 24 to 96 by 3x3, stride 2, then 1x1 to 48
        CHECK(parse("[24, 112, 112]", "[fused_mbconv: {expand: 4, out: 48, stride: 2}]").parameters() ==
              9 * 24 * 96 + 96 * 48 + 2 * (96 + 48));
        CHECK(parse("[24, 112, 112]", "[fused_mbconv: {expand: 1, out: 24}]").parameters() == 9 * 24 * 24 + 48);
    }
    TEST_CASE("a fire module joins its two expansions") {
        const auto net = parse("[64, 55, 55]", "[fire: {squeeze: 16, expand1: 64, expand3: 64}]");
        CHECK(net.layers.back().outputs[0] == Shape{128, 55, 55});
        CHECK(net.parameters() == 64 * 16 + 16 + 16 * 64 + 64 + 9 * 16 * 64 + 64);
    }
    TEST_CASE("an inception module joins four branches") {
        const auto net = parse("[192, 28, 28]",
                               "[inception: {conv1: 64, reduce3: 96, conv3: 128, reduce5: 16, conv5: 32, "
                               "pool: 32, norm: none}]");
        CHECK(net.layers.back().outputs[0] == Shape{256, 28, 28});
        // Szegedy et al. 2015, table 1, inception (3a): 159 K parameters, 128 M operations; here with biases
        CHECK(net.parameters() ==
              192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32 + (64 + 96 + 128 + 16 + 32 + 32));
        CHECK(net.macs() == 784ull * 163'328);
    }
    TEST_CASE("copies of a repeated layer do not stride again") {
        const auto net = parse("[16, 56, 56]", "[inverted_residual: {expand: 6, out: 24, stride: 2, repeat: 3}]");
        CHECK(net.layers.back().outputs[0] == Shape{24, 28, 28});
        CHECK(net.layers.back().block == "inverted_residual0[2]");
        CHECK(parse("[8, 32, 32]", "[conv: {out: 8, kernel: 3, stride: 2, repeat: 3}]").layers.back().outputs[0] ==
              Shape{8, 16, 16});
    }
    TEST_CASE("users define blocks with parameters, defaults and arithmetic") {
        const auto net = parse(R"(
network: net
input: {image: [16, 8, 8]}
blocks:
  ghost:  # half of the channels by a 1x1 convolution, the rest from those by a depthwise one
    parameters: {out: , ratio: 2}
    layers:
      - conv: {name: primary, out: $out / $ratio, norm: batch_norm, activation: relu}
      - depthwise_conv: {name: cheap, out: $out - $out / $ratio, kernel: 3, norm: batch_norm, activation: relu}
      - concat: [primary, cheap]
layers:
  - ghost: {name: first, out: 32}
  - ghost: {out: 16}
)");
        CHECK(net.parameters() == (16 * 16 + 32 + 16 * 9 + 32) + (32 * 8 + 16 + 8 * 9 + 16));
        CHECK(net.layers.back().outputs[0] == Shape{16, 8, 8});
        CHECK(layer(net, "first.cheap.relu").block == "first");
        CHECK(layer(net, "ghost1.primary").inputs.size() == 1);
    }
    TEST_CASE("a block of the user's may have several inputs and other blocks in it") {
        const auto net = parse(R"(
network: net
input: {a: [8, 4, 4], b: [8, 4, 4]}
blocks:
  pair:
    inputs: [left, right]
    layers:
      - inner: {from: left}
      - add: [previous, right]
  inner:
    layers: [conv: {out: 8}, relu]
layers:
  - pair: {from: [a, b], name: p}
)");
        CHECK(net.parameters() == 72);
        CHECK(layer(net, "p.inner0.conv0").block == "p.inner0");
        CHECK(net.layers.back().name == "p.add1");
    }
    TEST_CASE("a repeated block of the user's gets stride 1 after its first copy") {
        const auto net = parse(R"(
network: net
input: {a: [8, 16, 16]}
blocks:
  down: {parameters: {stride: 1}, layers: [conv: {out: 8, kernel: 3, stride: $stride}]}
layers:
  - down: {stride: 2, repeat: 3}
)");
        CHECK(net.layers.back().outputs[0] == Shape{8, 8, 8});
    }
    TEST_CASE("what is wrong with a block of the user's is said where it stands") {
        const std::string head = "network: net\ninput: {x: [8, 4, 4]}\n";
        CHECK(errors_of(head +
                        "blocks: {b: {parameters: {out: }, layers: [conv: {out: $uot}]}}\nlayers: [b: {out: 8}]") ==
              "net.yaml:3:56: blocks.b.layers: unknown parameter '$uot', did you mean 'out'?\n"
              "net.yaml:3:56: blocks.b.layers[0].conv.out: expected a whole number between 1 and 16777216, got '$uot'");
        CHECK(errors_of(head + "blocks: {b: {parameters: {out: }, layers: [conv: {out: $out}]}}\nlayers: [b]") ==
              "net.yaml:4:10: layers[0].b: missing key 'out' (a parameter of block 'b')");
        CHECK(errors_of(head + "blocks: {b: {parameters: {out: 3}, layers: [conv: {out: $out / 2}]}}\nlayers: [b]") ==
              "net.yaml:3:57: blocks.b.layers[0].conv.out: expected a whole number between 1 and 16777216, got '1.5'");
        CHECK(errors_of(head + "blocks: {b: {parameters: {out: 3}, layers: [conv: {out: $out */ 2}]}}\nlayers: [b]")
                  .starts_with("net.yaml:3:57: blocks.b.layers: expected arithmetic on numbers, got '$out */ 2'"));
        CHECK(errors_of(head + "blocks: {b: {layers: [b]}}\nlayers: [b]") ==
              "net.yaml:3:23: blocks.b.layers[0].b: block 'b' contains itself");
        CHECK(errors_of(head + "blocks: {b: {layers: [relu]}}\nlayers: [b: {out: 3}]") ==
              "net.yaml:4:14: layers[0].b: unknown key 'out'");
        CHECK(errors_of(head + "blocks: {conv: {layers: [relu]}}\nlayers: [relu]") ==
              "net.yaml:3:16: blocks.conv: 'conv' is an operator or block already");
        CHECK(errors_of(head + "blocks: {b: {inputs: [l, r], layers: [add: [l, r]]}}\nlayers: [b]") ==
              "net.yaml:4:10: layers[0].b: takes 2 inputs, found 1");
    }
    TEST_CASE("values that several layers share are parameters of the network") {
        const auto net = parse(
            "network: n\nparameters: {act: hardswish, w: 8}\ninput: {x: [8, 4, 4]}\n"
            "layers: [conv: {out: $w * 2, activation: $act}, conv: {out: $w, activation: $act}]");
        CHECK(net.layers[1].outputs[0] == Shape{16, 4, 4});
        CHECK(name(net.layers.back().op, {}) == "hardswish");
    }
}

}  // namespace dyad::arch_space
