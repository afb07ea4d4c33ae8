// SPDX-License-Identifier: Apache-2.0
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space {
namespace {

const std::string head = "network: net\ninput: {x: {shape: [4, 8, 8], density: {activations: 0.75, source: s}}}\n";
using Density = std::array<double, 3>;

}  // namespace

TEST_SUITE("arch_space/density") {
    TEST_CASE("densities reach the operands of each kernel") {
        const auto flow =
            lower(parse(head + "layers:\n"
                               "  - conv: {name: a, out: 8, activation: relu, density: {weights: 0.5, "
                               "activations: 0.25, source: s}}\n"
                               "  - pool: {name: p, type: max, kernel: 2, density: {activations: 0.5, source: s}}\n"
                               "  - conv: {name: b, out: 8}\n"),
                  {});
        REQUIRE(flow.nodes().size() == 3);
        CHECK(flow.nodes()[0].kernel.density == Density{0.5, 0.75, 0.25});
        CHECK(flow.nodes()[1].kernel.density == Density{1, 0.25, 0.5});
        CHECK(flow.nodes()[2].kernel.density == Density{1, 0.5, 1});
    }
    TEST_CASE("a density at the top holds for every layer that gives none, key by key") {
        const auto net = parse(head +
                               "density: {weights: 0.5, activations: 0.4, source: outer}\n"
                               "layers:\n  - conv: {name: a, out: 8}\n"
                               "  - basic_block: {name: b, out: 8, density: {weights: 0.1}}\n");
        for (const auto& layer : net.layers) {
            if (layer.name == "x") continue;
            CHECK(layer.density.weights == (layer.name == "a" ? 0.5 : 0.1));
            CHECK(layer.density.activations == 0.4);
            CHECK(layer.density.source == "outer");
        }
    }
    TEST_CASE("a concatenation is as dense as its parts together") {
        const auto flow =
            lower(parse(head + "layers:\n"
                               "  - conv: {name: a, from: x, out: 8, density: {activations: 0.5, source: s}}\n"
                               "  - conv: {name: b, from: x, out: 24, density: {activations: 0.1, source: s}}\n"
                               "  - concat: [a, b]\n"
                               "  - conv: {name: c, out: 8}\n"),
                  {});
        // (8 x 0.5 + 24 x 0.1) / 32 channels.
        CHECK(flow.nodes().back().kernel.density[1] == doctest::Approx(6.4 / 32));
    }
    TEST_CASE("the right operand of a product of activations is as dense as its tensor") {
        const auto flow =
            lower(parse("network: net\ninput: {x: {shape: [4, 8], density: {activations: 0.75, source: s}}, "
                        "y: {shape: [8, 4], density: {activations: 0.5, source: s}}}\n"
                        "layers: [matmul: [x, y]]\n"),
                  {});
        CHECK(flow.nodes()[0].kernel.density == Density{0.5, 0.75, 1});
    }
    TEST_CASE("densities out of range or without a source are refused") {
        CHECK(errors_of(head + "layers: [relu: {density: {activations: 0.5}}]") ==
              "net.yaml:3:26: layers[0].relu.density: expected a source, which says where the densities are from");
        CHECK(errors_of(head + "layers: [relu: {density: {activations: 1.5, source: s}}]") ==
              "net.yaml:3:40: layers[0].relu.density.activations: expected a number between 0 and 1, got '1.5'");
        CHECK(errors_of(head + "layers: [relu: {density: {activation: 0.5, source: s}}]") ==
              "net.yaml:3:27: layers[0].relu.density: unknown key 'activation', did you mean 'activations'?");
        CHECK(errors_of(head + "layers: [relu: {density: {weights: -0.1, activations: nan, source: s}}]") ==
              "net.yaml:3:36: layers[0].relu.density.weights: expected a number between 0 and 1, got '-0.1'\n"
              "net.yaml:3:55: layers[0].relu.density.activations: expected a number between 0 and 1, got 'nan'");
    }
}

}  // namespace dyad::arch_space
