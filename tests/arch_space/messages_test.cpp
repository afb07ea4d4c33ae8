// SPDX-License-Identifier: Apache-2.0
#include "arch_space/parse/operators.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

const std::string head = "network: net\ninput: {x: [8, 4, 4]}\n";

}  // namespace

TEST_SUITE("arch_space/messages") {
    TEST_CASE("an unknown operator gets the nearest name") {
        CHECK(errors_of(head + "layers: [cnov: {out: 8}]") ==
              "net.yaml:3:16: layers[0].cnov: unknown operator or block 'cnov', did you mean 'conv'?");
        CHECK(errors_of(head + "layers: [inverted_residul: {out: 8}]") ==
              "net.yaml:3:28: layers[0].inverted_residul: unknown operator or block 'inverted_residul', did you mean "
              "'inverted_residual'?");
    }
    TEST_CASE("an unknown key gets the nearest name") {
        CHECK(errors_of(head + "layers: [conv: {out: 8, kernl: 3}]") ==
              "net.yaml:3:25: layers[0].conv: unknown key 'kernl', did you mean 'kernel'?");
        CHECK(errors_of("netwrok: net\ninput: {x: [8]}\nlayers: [relu]") ==
              "net.yaml:1:1: missing key 'network' (a name)\n"
              "net.yaml:1:1: unknown key 'netwrok', did you mean 'network'?");
    }
    TEST_CASE("an unknown input gets the nearest name") {
        CHECK(errors_of(head + "layers: [relu: {name: first}, add: [frist, x]]") ==
              "net.yaml:3:37: layers[1].add[0]: unknown layer 'frist', did you mean 'first'?");
    }
    TEST_CASE("layers that wait for each other form a cycle") {
        CHECK(errors_of(head + "layers: [add: {name: a, from: [x, b]}, relu: {name: b, from: a}]") ==
              "net.yaml:3:15: layers[0].add: the layers form a cycle: a -> b -> a");
        CHECK(errors_of(head + "layers: [relu: {name: a, from: a}]") ==
              "net.yaml:3:16: layers[0].relu: the layers form a cycle: a -> a");
    }
    TEST_CASE("a layer may name one that comes later, as long as there is no cycle") {
        const auto net = parse(head + "layers: [add: {name: sum, from: [x, b]}, relu: {name: b, from: x}]");
        CHECK(net.layers.back().name == "sum");
        CHECK(net.layers.back().inputs == std::vector<std::size_t>{0, 1});
    }
    TEST_CASE("names are used once and are words") {
        CHECK(errors_of(head + "layers: [relu: {name: a}, relu: {name: a}]") ==
              "net.yaml:3:33: layers[1].relu: the name 'a' is used twice");
        CHECK(errors_of(head + "layers: [relu: {name: x}]") ==
              "net.yaml:3:16: layers[0].relu: the name 'x' is used twice");
        CHECK(errors_of(head + "layers: [relu: {name: a.b}]") ==
              "net.yaml:3:23: layers[0].relu.name: expected a name of letters, digits, '_', '-' and '/'");
    }
    TEST_CASE("a name that the program would choose is left to the user") {
        const auto net = parse(head + "layers: [relu, relu: {name: relu0}]");
        CHECK(net.layers[1].name == "relu0_");
        CHECK(net.layers[2].name == "relu0");
    }
    TEST_CASE("all errors come in one go, and what depends on a bad layer stays silent") {
        CHECK(
            errors_of(head + "layers:\n  - conv: {out: 0}\n  - relu\n  - conv: {out: 8, stride: two}\n  - rulu\n"
                             "  - linear: {out: 3, from: x}\n") ==
            "net.yaml:4:17: layers[0].conv.out: expected a whole number between 1 and 16777216, got '0'\n"
            "net.yaml:6:28: layers[2].conv.stride: expected a whole number between 1 and 16777216, got 'two'\n"
            "net.yaml:7:5: layers[3].rulu: unknown operator or block 'rulu', did you mean 'relu'?\n"
            "net.yaml:8:13: layers[4].linear: linear expects a vector {width} or a sequence {tokens, width}, found the "
            "image 8x4x4 (flatten it first)");
    }
    TEST_CASE("missing and impossible values are named") {
        CHECK(errors_of(head + "layers: [conv]") ==
              "net.yaml:3:10: layers[0].conv: missing key 'out' (output channels, or same)");
        CHECK(errors_of(head + "layers: [pool: {type: max}]") ==
              "net.yaml:3:16: layers[0].pool: missing key 'kernel' (the window; or global: true, or output: [height, "
              "width])");
        CHECK(errors_of(head + "layers: [conv: {out: -8}]") ==
              "net.yaml:3:22: layers[0].conv.out: expected a whole number between 1 and 16777216, got '-8'");
        CHECK(errors_of(head + "layers: []") == "net.yaml:3:9: layers: expected at least one layer");
        CHECK(errors_of("network: net\ninput: {}\nlayers: [relu]")
                  .starts_with("net.yaml:2:8: input: expected at least one input, such as image: [3, 224, 224]"));
        CHECK(errors_of("network: net\ninput: {x: [1, 2, 3, 4]}\nlayers: [relu]") ==
              "net.yaml:2:12: input.x: expected 1 to 3 sizes, got 4");
        CHECK(errors_of("network: net\nlayers: [relu]")
                  .starts_with(
                      "net.yaml:1:1: missing key 'input' (the shape of each input, such as {image: [3, 224, 224]})"));
    }
    TEST_CASE("a precision is one of those that a layer may have") {
        CHECK(errors_of(head + "precision: int9\nlayers: [relu]") ==
              "net.yaml:3:12: precision: expected one of int4, int8, int16, fp16, bf16, fp32, got 'int9', did you mean "
              "'int4'?");
        CHECK(errors_of(head + "layers: [relu: {precision: {weight: int4}}]") ==
              "net.yaml:3:29: layers[0].relu.precision: unknown key 'weight', did you mean 'weights'?");
    }
    TEST_CASE("precisions hold for weights and activations apart and are inherited") {
        const auto net = parse(head +
                               "precision: int16\nlayers:\n"
                               "  - conv: {name: a, out: 8}\n"
                               "  - conv: {name: b, out: 8, precision: {weights: int4}}\n"
                               "  - basic_block: {name: c, out: 8, precision: fp16}\n");
        CHECK(layer(net, "a").weights == core::Precision::int16);
        CHECK(layer(net, "b").weights == core::Precision::int4);
        CHECK(layer(net, "b").activations == core::Precision::int16);
        CHECK(layer(net, "c.conv2").weights == core::Precision::fp16);
        CHECK(layer(net, "c.conv2").activations == core::Precision::fp16);
    }
    TEST_CASE("the documentation names every operator and block, and its example reads") {
        const auto text = core::read_file(std::string(DYAD_SOURCE_DIR) + "/arch_space/README.md");
        const auto documented = [&](std::string_view name) {
            CAPTURE(name);
            CHECK(text.find('`' + std::string(name) + '`') != std::string::npos);
        };
        for (const auto& entry : operator_table()) documented(entry.name);
        for (const auto& entry : block_table()) documented(entry.name);
        const auto start = text.find("```yaml\n") + 8;
        CHECK(parse(text.substr(start, text.find("```", start) - start)).layers.back().outputs[0] == Shape{10});
    }
    TEST_CASE("the short network of the interface reads") {
        const auto net = parse(
            "network: mobilenet_v2\ninput: {image: [3, 224, 224]}\nprecision: int8\nlayers:\n"
            "  - conv: {out: 32, kernel: 3, stride: 2, activation: relu6}\n"
            "  - inverted_residual: {expand: 1, out: 16}\n"
            "  - inverted_residual: {expand: 6, out: 24, stride: 2, repeat: 2}\n");
        CHECK(net.layers.back().outputs[0] == Shape{24, 56, 56});
    }
    TEST_CASE("a file with open choices is a space, not a network") {
        CHECK(errors_of(head + "layers: [conv: {out: !choice [8, 16]}]") ==
              "net.yaml:3:22: layers[0].conv.out: this is a space, not one design: the choice is open");
    }
    TEST_CASE("sizes beyond reason are refused before they overflow") {
        const std::string large = "16777216";
        CHECK(errors_of("[" + large + ", " + large + ", " + large + "]", "[relu]")
                  .starts_with("net.yaml:2:12: input.x: too large: "));
        CHECK(errors_of("[3, 4, 4]", "[conv: {out: 16777217}]") ==
              "net.yaml:3:22: layers[0].conv.out: expected a whole number between 1 and 16777216, got '16777217'");
        CHECK(errors_of("[" + large + "]", "[linear: {out: " + large + "}]").find("too large: ") != std::string::npos);
        CHECK(errors_of("[1, 65536, 4096]", "[conv: {out: 4097}]").find("too large: ") != std::string::npos);
        CHECK(errors_of("[4096, 4096]", "[attention: {heads: 1, cache: 16777216}]").find("too large: ") ==
              std::string::npos);
        CHECK(errors_of("[65536, 65536]", "[attention: {heads: 1, cache: 16777216}]").find("too large: ") !=
              std::string::npos);
        CHECK(errors_of("[1, 4096, 4096]", "[resize: {scale: " + large + "}]").find("too large: ") !=
              std::string::npos);
        CHECK(errors_of("[4]", "[relu: {repeat: 1001}]") ==
              "net.yaml:3:25: layers[0].relu.repeat: expected a whole number between 1 and 1000, got '1001'");
    }
    TEST_CASE("blocks that multiply each other end at a limit, not in memory") {
        std::string text = head + "blocks:\n  b0: {layers: [relu, relu]}\n";
        for (int i = 1; i < 40; ++i) {
            const auto inner = "b" + std::to_string(i - 1);
            text += "  b" + std::to_string(i) + ": {layers: [" + inner + ", " + inner + "]}\n";
        }
        CHECK(errors_of(text + "layers: [b39]").find("more than 20000 layers") != std::string::npos);
        std::string repeats =
            head + "blocks:\n  b0: {layers: [relu: {repeat: 1000}]}\n  b1: {layers: [b0: {repeat: 1000}]}\n";
        CHECK(errors_of(repeats + "layers: [b1: {repeat: 1000}]").find("more than 20000 layers") != std::string::npos);
    }
}

}  // namespace dyad::arch_space
