// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/model.hpp"

#include <ATen/ATen.h>

#include <map>
#include <regex>

#include "arch_space/torch/batch.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space::torch {
namespace {

/// A shipped network on smaller images and shorter texts, so that running it is quick; its layers are the same.
Network small(const std::string& name) {
    auto text = core::read_file(std::string(DYAD_SOURCE_DIR) + "/configs/networks/" + name + ".yaml");
    const std::pair<const char*, const char*> sizes[] = {{R"(\[3, 22[47], 22[47]\])", "[3, 67, 64]"},
                                                         {R"(\[1, 512, 512\])", "[1, 32, 48]"},
                                                         {R"(shape: \[(128|1024)\])", "shape: [16]"},
                                                         {"768, 196", "768, 16"}};
    if (name.starts_with("alexnet")) return read_config(name);  // too small an image leaves nothing to pool
    for (const auto& [old, now] : sizes) text = std::regex_replace(text, std::regex(old), now);
    return parse(text);
}

Shape shape_of(const at::Tensor& value) {
    const auto sizes = value.sizes().slice(1);
    return {sizes.begin(), sizes.end()};
}

/// Elements that kernels write, by layer.
std::map<std::string, std::uint64_t> written(const models::Dataflow& dataflow) {
    std::map<std::string, std::uint64_t> words;
    for (const auto& node : dataflow.nodes())
        for (const auto tensor : node.writes) words[node.kernel.name] += dataflow.tensors()[tensor].words.count();
    return words;
}

std::uint64_t size_of(const at::Tensor& value) { return static_cast<std::uint64_t>(value.numel()); }

/// The output of a network of one layer for the given input.
at::Tensor run(const std::string& input, const std::string& layers, const at::Tensor& x) {
    const auto network = parse(input, layers);
    Model model(network, 1);
    return model.forward({x}, {});
}

}  // namespace

TEST_SUITE("arch_space/torch/model") {
    TEST_CASE(
        "every shipped network computes tensors of its layers' shapes, as large as those that its kernels write") {
        const at::NoGradGuard no_gradients;
        for (const auto& name : core::list_configs("networks")) {
            CAPTURE(name);
            const auto network = small(name);
            const auto words = written(lower(network, {.fusion = false}));
            Model model(network, std::nullopt);
            std::size_t compared = 0;
            const auto check = [&](std::size_t i, const at::Tensor& value) {
                const auto& layer = network.layers[i];
                CAPTURE(layer.name);
                CHECK(shape_of(value) == layer.outputs[0]);
                const auto found = words.find(layer.name);
                if (found == words.end() || layer.outputs.size() > 1) return value;
                CHECK(found->second == size_of(value));
                ++compared;
                return value;
            };
            (void)model.forward(noise(network, 1, 1).inputs, {.norm = Norm::running, .watch = check});
            CHECK(compared > network.layers.size() / 2);
        }
    }

    TEST_CASE("a model learns as many values as its network counts") {
        for (const auto& name : core::list_configs("networks")) {
            CAPTURE(name);
            const auto network = read_config(name);
            std::uint64_t values = 0;
            for (const auto& tensor : Model(network, std::nullopt).learned()) values += size_of(tensor);
            CHECK(values == network.parameters());
        }
    }

    TEST_CASE("weights begin as PyTorch's do, by seed") {
        const auto network = parse("[2, 4, 4]", "[conv: {out: 64, kernel: 3, norm: batch_norm, bias: true}]");
        Model one(network, 1), again(network, 1), other(network, 2);
        const auto weight = one.kernels()[0];
        CHECK(weight.equal(again.kernels()[0]));
        CHECK_FALSE(weight.equal(other.kernels()[0]));
        // uniform within 1 / sqrt(2 x 9), whose variance is a third of the bound's square
        const double bound = 1 / std::sqrt(18.0);
        CHECK(weight.abs().max().item<double>() <= bound);
        CHECK(weight.var().item<double>() == doctest::Approx(bound * bound / 3).epsilon(0.1));
        CHECK(one.learned()[1].abs().max().item<double>() <= bound);  // the bias
    }

    TEST_CASE("padding: a window sees zeros, an average leaves them out, the largest never picks them") {
        const auto x = at::tensor({-1.F, -2.F, -3.F}).view({1, 1, 1, 3});
        const std::string window = "kernel: [1, 3], stride: 1, pad: [0, 1]}]";
        CHECK(run("[1, 1, 3]", "[pool: {type: average, " + window, x).view(-1).equal(at::tensor({-1.5F, -2.F, -2.5F})));
        CHECK(run("[1, 1, 3]", "[pool: {type: max, " + window, x).view(-1).equal(at::tensor({-1.F, -1.F, -2.F})));
        // rounded up: the last window holds -3 alone
        const std::string up = "kernel: [1, 2], stride: 2, ceil: true}]";
        CHECK(run("[1, 1, 3]", "[pool: {type: average, " + up, x).view(-1).equal(at::tensor({-1.5F, -3.F})));
        CHECK(run("[1, 1, 3]", "[pool: {type: max, " + up, x).view(-1).equal(at::tensor({-1.F, -3.F})));
    }

    TEST_CASE("causal attention with a window sees itself and the token before") {
        // equal queries and keys of zeros: the mean of the values that are seen
        const auto network = parse(
            "network: n\ninput: {q: [3, 1], k: [3, 1], v: [3, 1]}\nlayers:\n"
            "  - attention: {from: [q, k, v], heads: 1, projections: false, causal: true, window: 2}\n");
        Model model(network, 1);
        const auto zero = at::zeros({1, 3, 1}), values = at::tensor({2.F, 4.F, 8.F}).view({1, 3, 1});
        CHECK(model.forward({zero, zero, values}, {}).view(-1).equal(at::tensor({2.F, 3.F, 6.F})));
    }

    TEST_CASE("points: the farthest are taken from the first on, and a ball is filled with its first member") {
        const auto network = parse("[3, 4, 1]",
                                   "[farthest_point_sampling: {name: centres, points: 2}, "
                                   "ball_query: {from: [x, centres], radius: 1.5, samples: 3}]");
        Model model(network, 1);
        // on a line: 0, 1, 5, 6: first 0, then 6; within 1.5 of 0: 0 1, of 6: 5 6
        const auto line = at::tensor({0.F, 1.F, 5.F, 6.F}), none = at::zeros({4});
        const auto groups = model.forward({at::stack({line, none, none}).view({1, 3, 4, 1})}, {});
        CHECK(groups.select(1, 0).reshape(-1).equal(at::tensor({0.F, 1.F, 0.F, -1.F, 0.F, -1.F})));
    }

    TEST_CASE("fake quantisation rounds weights to the layer's precision, a step an output channel") {
        const auto network =
            parse("[2]", "[linear: {out: 2, bias: false, precision: {weights: int4, activations: int16}}]");
        Model model(network, 1);
        model.kernels()[0].copy_(at::tensor({7.F, 3.4F, 14.F, 3.F}).view({2, 2}));
        // steps 7 / 7 and 14 / 7: 3.4 becomes 3, 3 becomes 1.5 steps of 2, rounded to even: 4
        const auto y = model.forward({at::tensor({0.F, 1.F}).view({1, 2})}, {.quantised = true});
        CHECK(y.view(-1).equal(at::tensor({3.F, 4.F})));
    }
}

}  // namespace dyad::arch_space::torch
