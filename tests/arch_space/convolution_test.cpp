// SPDX-License-Identifier: Apache-2.0
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {

TEST_SUITE("arch_space/convolution") {
    TEST_CASE("a convolution has the size, parameters and products of a hand count") {
        // 7x7, stride 2, padding 3 on 224: floor((224 + 6 - 7) / 2) + 1 = 112
        const auto net = parse("[3, 224, 224]", "[conv: {out: 64, kernel: 7, stride: 2, pad: 3}]");
        const auto& conv = net.layers.back();
        CHECK(conv.outputs[0] == Shape{64, 112, 112});
        CHECK(conv.parameters == 3 * 7 * 7 * 64 + 64);
        CHECK(conv.macs == 3ull * 7 * 7 * 64 * 112 * 112);
    }
    TEST_CASE("one row less of input than the last window needs loses it, one more gains none") {
        const auto height = [](int rows) {
            return parse("[1, " + std::to_string(rows) + ", 8]", "[conv: {out: 1, kernel: 3, stride: 2, pad: 0}]")
                .layers.back()
                .outputs[0][1];
        };
        CHECK(height(6) == 2);  // windows at 0 and 2
        CHECK(height(7) == 3);  // and at 4
        CHECK(height(8) == 3);
    }
    TEST_CASE("padding defaults to what keeps the size at stride 1") {
        CHECK(parse("[1, 9, 9]", "[conv: {out: 1, kernel: 5}]").layers.back().outputs[0] == Shape{1, 9, 9});
        CHECK(parse("[1, 9, 9]", "[conv: {out: 1, kernel: 3, dilation: 2}]").layers.back().outputs[0] ==
              Shape{1, 9, 9});
        CHECK(parse("[1, 9, 9]", "[conv: {out: 1, kernel: [1, 3]}]").layers.back().outputs[0] == Shape{1, 9, 9});
    }
    TEST_CASE("padding `same` gives the input over the stride, rounded up") {
        CHECK(parse("[1, 9, 8]", "[conv: {out: 1, kernel: 2, stride: 2, pad: same}]").layers.back().outputs[0] ==
              Shape{1, 5, 4});
    }
    TEST_CASE("each side may have its own padding") {
        // rows 5 + 1 + 0 - 3 + 1 = 4, columns 5 + 2 + 3 - 3 + 1 = 8
        CHECK(parse("[1, 5, 5]", "[conv: {out: 1, kernel: 3, pad: [1, 0, 2, 3]}]").layers.back().outputs[0] ==
              Shape{1, 4, 8});
        CHECK(parse("[1, 5, 5]", "[conv: {out: 1, kernel: 3, pad: [1, 2]}]").layers.back().outputs[0] ==
              Shape{1, 5, 7});
    }
    TEST_CASE("dilation widens the window without adding products") {
        // window 2 * (3 - 1) + 1 = 5: 10 - 5 + 1 = 6
        const auto net = parse("[1, 10, 10]", "[conv: {out: 1, kernel: 3, dilation: 2, pad: 0}]");
        CHECK(net.layers.back().outputs[0] == Shape{1, 6, 6});
        CHECK(net.macs() == 9 * 36);
    }
    TEST_CASE("groups divide parameters and products") {
        const auto net = parse("[96, 27, 27]", "[conv: {out: 256, kernel: 5, groups: 2}]");
        CHECK(net.parameters() == 48 * 25 * 256 + 256);
        CHECK(net.macs() == 48ull * 25 * 256 * 27 * 27);
    }
    TEST_CASE("a depthwise convolution has one filter a channel") {
        const auto net = parse("[144, 56, 56]", "[depthwise_conv: {kernel: 3, stride: 2, bias: false}]");
        CHECK(net.layers.back().outputs[0] == Shape{144, 28, 28});
        CHECK(net.parameters() == 144 * 9);
        CHECK(net.macs() == 144ull * 9 * 28 * 28);
        CHECK(name(net.layers.back().op, {{144, 56, 56}}) == "depthwise_conv");
    }
    TEST_CASE("a depthwise convolution may have more filters a channel") {
        const auto net = parse("[4, 8, 8]", "[depthwise_conv: {out: 8, kernel: 3, bias: false}]");
        CHECK(net.layers.back().outputs[0] == Shape{8, 8, 8});
        CHECK(net.parameters() == 8 * 9);
    }
    TEST_CASE("a convolution of one channel is not depthwise") {
        CHECK(name(parse("[1, 8, 8]", "[conv: {out: 4}]").layers.back().op, {{1, 8, 8}}) == "conv");
    }
    TEST_CASE("a transposed convolution undoes the size of its forward one and multiplies each input with the window") {
        // (4 - 1) * 2 - 2 * 1 + 4 = 8
        const auto net =
            parse("[512, 4, 4]", "[conv_transpose: {out: 256, kernel: 4, stride: 2, pad: 1, bias: false}]");
        CHECK(net.layers.back().outputs[0] == Shape{256, 8, 8});
        CHECK(net.parameters() == 512 * 256 * 16);
        CHECK(net.macs() == 512ull * 256 * 16 * 16);
    }
    TEST_CASE("output padding and dilation enlarge a transposed convolution's output") {
        // (5 - 1) * 2 + 2 * (3 - 1) + 1 + 1 - 2 = 12
        const auto net = parse(
            "[1, 5, 5]", "[conv_transpose: {out: 1, kernel: 3, stride: 2, dilation: 2, pad: 1, output_padding: 1}]");
        CHECK(net.layers.back().outputs[0] == Shape{1, 12, 12});
    }
    TEST_CASE("a linear layer works on every token") {
        const auto net = parse("[128, 768]", "[linear: {out: 3072}]");
        CHECK(net.layers.back().outputs[0] == Shape{128, 3072});
        CHECK(net.parameters() == 768 * 3072 + 3072);
        CHECK(net.macs() == 128ull * 768 * 3072);
    }
    TEST_CASE("a linear layer of a vector is one row") {
        const auto net = parse("[2048]", "[linear: {out: 1000, bias: false}]");
        CHECK(net.layers.back().outputs[0] == Shape{1000});
        CHECK(net.parameters() == 2'048'000);
        CHECK(net.macs() == 2'048'000);
    }
    TEST_CASE("a matrix product takes its sides transposed or not") {
        const auto net = parse(
            "network: n\ninput: {a: [3, 5], b: [3, 7]}\n"
            "layers: [matmul: {from: [a, b], transpose_left: true}]");
        CHECK(net.layers.back().outputs[0] == Shape{5, 7});
        CHECK(net.macs() == 3 * 5 * 7);
        const auto batched = parse(
            "network: n\ninput: {a: [4, 3, 5], b: [4, 7, 5]}\n"
            "layers: [matmul: {from: [a, b], transpose_right: true}]");
        CHECK(batched.layers.back().outputs[0] == Shape{4, 3, 7});
        CHECK(batched.macs() == 4 * 3 * 5 * 7);
    }
    TEST_CASE("what does not fit is said in numbers") {
        CHECK(errors_of("[3, 4, 4]", "[conv: {out: 8, kernel: 7, pad: 1}]") ==
              "net.yaml:3:16: layers[0].conv: the window (7) is larger than the padded input (6)");
        CHECK(errors_of("[3, 4, 4]", "[conv: {out: 8, groups: 2}]") ==
              "net.yaml:3:16: layers[0].conv: 2 groups do not divide 3 input and 8 output channels");
        CHECK(errors_of("[128, 768]", "[conv: {out: 8}]") ==
              "net.yaml:3:16: layers[0].conv: a convolution expects an image {channels, height, width}, found 128x768");
        CHECK(
            errors_of("[3, 4, 4]", "[linear: {out: 8}]") ==
            "net.yaml:3:18: layers[0].linear: linear expects a vector {width} or a sequence {tokens, width}, found the "
            "image 3x4x4 (flatten it first)");
        CHECK(errors_of("[1, 1, 1]", "[conv_transpose: {out: 1, kernel: 2, pad: 1}]") ==
              "net.yaml:3:26: layers[0].conv_transpose: padding leaves nothing of 2 rows or columns");
        CHECK(errors_of("[3, 5]", "[matmul: {from: [x, x]}]") ==
              "net.yaml:3:18: layers[0].matmul: matmul cannot multiply 3x5 with 3x5");
    }
}

}  // namespace dyad::arch_space
