// SPDX-License-Identifier: Apache-2.0
// Scores of networks small enough to be worked out by hand.
#include "arch_space/torch/proxies.hpp"

#include <ATen/ATen.h>

#include <cmath>

#include "arch_space/torch/draw.hpp"
#include "tests/arch_space/network_text.hpp"

namespace dyad::arch_space::torch {
namespace {

/// A model with the given weights, one list a layer that has any, in order.
struct Hand {
    Network network;
    Batch batch;
    std::vector<std::vector<float>> weights;
    float bias = 0;  ///< of every layer that has one

    double operator()(const char* proxy) const {
        Model model(network, 1);
        auto kernels = model.kernels();
        REQUIRE(kernels.size() == weights.size());
        for (std::size_t i = 0; i < kernels.size(); ++i)
            kernels[i].copy_(at::tensor(weights[i]).view(kernels[i].sizes()));
        for (auto& w : model.weights())
            if (w.bias.defined()) w.bias.fill_(bias);
        return find_proxy(proxy)->score(model, batch);
    }
};

/// Samples {n, shape...} and their classes.
Batch samples(const std::vector<float>& values, at::IntArrayRef shape, const std::vector<std::int64_t>& classes) {
    return {{at::tensor(values).view(shape)}, at::tensor(classes)};
}

/// Two layers without bias, the second with negative weights too.
Hand two_layers() {
    return {parse("[2]", "[linear: {out: 2, bias: false}, relu, linear: {out: 1, bias: false}]"),
            samples({1, 1}, {1, 2}, {0}),
            {{1, -2, 3, 4}, {-1, 2}}};
}

/// Logits 0 and ln 3 of the one sample 2, of class 0: probabilities 1/4 and 3/4, slopes -3/4 and 3/4.
Hand classifier() {
    return {parse("[1]", "[linear: {out: 2, bias: false}]"),
            samples({2}, {1, 1}, {0}),
            {{0, static_cast<float>(std::log(3.0) / 2)}}};
}

const double ln3 = std::log(3.0);

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1e-5); }

}  // namespace

TEST_SUITE("arch_space/torch/proxies") {
    TEST_CASE("synflow counts what flows through each weight's magnitude") {
        // |W1| x 1 = (3, 7); |W2| x (3, 7) = 3 + 14 = 17. Each layer's share |w dR/dw| adds up to R: 34 in all.
        CHECK(two_layers()("synflow") == near(std::log(34.0)));
    }
    TEST_CASE("synflow leaves normalisation out and lets relu6 pass what is large") {
        auto hand = two_layers();
        hand.network = parse("[2]",
                             "[linear: {out: 2, bias: false, norm: batch_norm, activation: relu6}, "
                             "linear: {out: 1, bias: false}]");
        CHECK(hand("synflow") == near(std::log(34.0)));
    }
    TEST_CASE("synflow passes through what flattens: tanh, and a softmax or sigmoid at the end") {
        auto hand =
            two_layers();  // R = 17 of 34 in all, as above: tanh(3) and tanh(7) were 1, and their slopes nothing
        hand.network = parse("[2]", "[linear: {out: 2, bias: false}, tanh, linear: {out: 1, bias: false}]");
        CHECK(hand("synflow") == near(std::log(34.0)));
        for (const auto* end : {"softmax", "sigmoid", "hardsigmoid"}) {
            CAPTURE(end);
            hand.network = parse("[2]", std::string("[linear: {out: 2, bias: false}, relu, ") +
                                            "linear: {out: 1, bias: false}, " + end + "]");
            CHECK(hand("synflow") == near(std::log(34.0)));
        }
    }
    TEST_CASE("synflow's attention averages what it sees") {
        // Two tokens (1, 1): values |Wv| (1, 1) = (3, 3), of which every average is that; outputs 2 x (3 + 3) = 12
        // each. R = 24, a share for values and one for outputs; queries and keys change nothing, however large.
        const Hand hand{parse("[2, 2]",
                              "[linear: {name: q, out: 2, bias: false}, "
                              "linear: {name: k, from: x, out: 2, bias: false}, "
                              "linear: {name: v, from: x, out: 2, bias: false}, "
                              "attention: {from: [q, k, v], projections: false, heads: 1}, "
                              "linear: {out: 1, bias: false}]"),
                        samples({1, 1, 1, 1}, {1, 2, 2}, {0}),
                        {{1e30F, 1, 1, 1}, {1e30F, 2, 2, 1}, {1, 2, -2, 1}, {2, -2}}};
        CHECK(hand("synflow") == near(std::log(48.0)));
    }
    TEST_CASE("synflow of what grows far is that of any product") {
        // layers of one weight 8: R = 8^n, and each of n layers has a share of R; at 40 layers beyond single precision
        for (const int layers : {5, 10, 40}) {
            const Hand chain{parse("[1]", "[linear: {out: 1, bias: false, repeat: " + std::to_string(layers) + "}]"),
                             samples({1}, {1, 1}, {0}),
                             std::vector<std::vector<float>>(static_cast<std::size_t>(layers), {8})};
            CHECK(chain("synflow") == near(std::log(layers) + layers * std::log(8.0)));
        }
        // a bias of 3 behind the first of two: R = 8 x (8 + 3); shares 8 x 8 and 88
        Hand biased{
            parse("[1]", "[linear: {out: 1}, linear: {out: 1, bias: false}]"), samples({1}, {1, 1}, {0}), {{8}, {8}}};
        biased.bias = 3;
        CHECK(biased("synflow") == near(std::log(64.0 + 88)));
        auto& far = biased;  // ... and 30 more: times 8^30 each, and 30 shares of R more
        far.network = parse("[1]", "[linear: {out: 1}, linear: {out: 1, bias: false, repeat: 31}]");
        far.weights.assign(32, {8});
        CHECK(far("synflow") == near(std::log(64.0 + 31 * 88) + 30 * std::log(8.0)));
    }
    TEST_CASE("l2_norm adds the norms of the layers") {
        CHECK(two_layers()("l2_norm") == near(std::sqrt(1 + 4 + 9 + 16.0) + std::sqrt(1 + 4.0)));
    }
    TEST_CASE("the baselines are the network's own counts") {
        CHECK(two_layers()("parameters") == 6);
        CHECK(two_layers()("macs") == 6);
    }
    TEST_CASE("grad_norm, snip and grasp of a classifier with one sample") {
        // dL/dw = 2 (-3/4, 3/4); w dL/dw = (0, 3/4 ln 3)
        CHECK(classifier()("grad_norm") == near(1.5 * std::sqrt(2.0)));
        CHECK(classifier()("snip") == near(0.75 * ln3));
        // H = 4 x 3/16 (1, -1; -1, 1), H g = 3/4 (-3, 3), -w H g = -(ln 3 / 2) 9/4
        CHECK(classifier()("grasp") == near(-1.125 * ln3));
    }
    TEST_CASE("fisher squares what each channel's activation and slope add up to") {
        // (0 x -3/4, ln 3 x 3/4), halved squares, one weight a channel
        CHECK(classifier()("fisher") == near(0.5 * std::pow(0.75 * ln3, 2)));
        // A second sample of class 1, logits 0 and 0: nothing. The mean halves the slopes and then the mean of squares.
        auto two = classifier();
        two.batch = samples({2, 0}, {2, 1}, {0, 1});
        CHECK(two("fisher") == near(0.5 * std::pow(0.75 * ln3 / 2, 2) / 2));
        // Pixels 1 and 3 by weights 1 and 2: logits 2 and 4, q = 1 / (1 + e^-2) the share of class 1.
        // sum over pixels of activation x slope: 4 (-q / 2) and 8 (q / 2); half their squares: 2 q^2 + 8 q^2
        const Hand image{
            parse("[1, 1, 2]", "[conv: {out: 2, bias: false}, pool: {type: average, global: true}, flatten]"),
            samples({1, 3}, {1, 1, 1, 2}, {0}),
            {{1, 2}}};
        const double q = 1 / (1 + std::exp(-2.0));
        CHECK(image("fisher") == near(10 * q * q));
    }
    TEST_CASE("jacob_cov rewards samples whose Jacobians are unlike") {
        // Unit 1 is on for (1, -1, 0) alone, unit 2 for (1, 1, -2) alone: uncorrelated Jacobians, eigenvalues 1 and 1.
        const Hand unlike{parse("[3]", "[linear: {out: 2, bias: false}, relu, linear: {out: 1, bias: false}]"),
                          samples({1, -1, 0, 1, 1, -2}, {2, 3}, {0, 0}),
                          {{1, -1, 0, 1, 1, -2}, {1, 1}}};
        const double k = 1e-5;
        CHECK(unlike("jacob_cov") == near(-2 * (std::log(1 + k) + 1 / (1 + k))));
        auto alike = unlike;  // twice the same direction: eigenvalues 0 and 2
        alike.batch = samples({1, -1, 0, 2, -2, 0}, {2, 3}, {0, 0});
        CHECK(alike("jacob_cov") == near(-(std::log(k) + 1 / k + std::log(2 + k) + 1 / (2 + k))));
    }
    TEST_CASE("naswot counts units that agree") {
        // Of three units, sample 1 switches two on and sample -1 the third: each agrees with itself thrice, never with
        // the other.
        const Hand apart{
            parse("[1]", "[linear: {out: 3, bias: false}, relu]"), samples({1, -1}, {2, 1}, {0, 0}), {{1, 1, -1}}};
        CHECK(apart("naswot") == near(std::log(9.0)));
        auto same = apart;  // 3 3; 3 3: no determinant
        same.batch = samples({1, 2}, {2, 1}, {0, 0});
        CHECK_FALSE(std::isfinite(same("naswot")));
        auto silent = apart;  // no rectifier: nothing to say
        silent.network = parse("[1]", "[linear: {out: 3, bias: false}, sigmoid]");
        CHECK_FALSE(std::isfinite(silent("naswot")));
    }
    TEST_CASE("zen is how far features move, without and with what normalisation divides away") {
        core::Stream random(1, "zen");  // weight, inputs, steps, in the order they are drawn
        std::vector<double> z;
        for (const std::int64_t count : {1, 4, 4}) {
            const auto drawn = normal({count}, random);
            for (std::int64_t i = 0; i < count; ++i) z.push_back(drawn[i].item<double>());
        }
        double moved = 0, mean = 0, mean2 = 0, variance = 0, variance2 = 0;
        for (std::size_t i = 1; i <= 4; ++i) {
            moved += std::abs(0.01 * z[0] * z[i + 4]) / 4;
            mean += z[0] * z[i] / 4;
            mean2 += z[0] * (z[i] + 0.01 * z[i + 4]) / 4;
        }
        const Batch one = samples({0, 0, 0, 0}, {1, 1, 2, 2}, {0});
        const Hand plain{parse("[1, 2, 2]", "[conv: {out: 1, bias: false}]"), one, {{7}}};
        CHECK(plain("zen") == doctest::Approx(std::log(moved)).epsilon(1e-4));
        for (std::size_t i = 1; i <= 4; ++i) {
            variance += std::pow(z[0] * z[i] - mean, 2) / 4;
            variance2 += std::pow(z[0] * (z[i] + 0.01 * z[i + 4]) - mean2, 2) / 4;
        }
        moved = 0;
        for (std::size_t i = 1; i <= 4; ++i)
            moved += std::abs((z[0] * z[i] - mean) / std::sqrt(variance + 1e-5) -
                              (z[0] * (z[i] + 0.01 * z[i + 4]) - mean2) / std::sqrt(variance2 + 1e-5)) /
                     4;
        const Hand normed{parse("[1, 2, 2]", "[conv: {out: 1, bias: false, norm: batch_norm}]"), one, {{7}}};
        // the running variance is that of a sample: 4/3 of the batch's
        CHECK(normed("zen") == doctest::Approx(std::log(moved) + 0.5 * std::log(variance * 4 / 3)).epsilon(1e-3));
    }
    TEST_CASE("every proxy scores attention, depthwise and transposed convolutions, tokens and point sets") {
        const Network networks[] = {
            parse("[3, 8, 8]",
                  "[mbconv: {out: 8, expand: 2, squeeze_excite: true}, mbconv: {out: 8, expand: 2}, "
                  "pool: {type: average, global: true}, flatten, linear: {out: 10}]"),
            parse("[3, 8, 8]",
                  "[conv: {out: 8, kernel: 4, stride: 4, pad: 0}, reshape: {shape: [8, 0]}, "
                  "transpose: {order: [1, 0]}, token: {}, position: {}, "
                  "transformer_encoder: {heads: 2, hidden: 16, activation: relu}, layer_norm: {}, "
                  "gather: {indices: [0]}, flatten, linear: {out: 10}]"),
            parse(
                "{shape: [6], precision: int32}",
                "[embedding: {name: words, entries: 11, width: 8}, position: {}, "
                "transformer_encoder: {heads: 2, hidden: 16, causal: true, window: 3}, linear: {out: 11, bias: false, "
                "tied: words}]"),
            parse("[4, 1, 1]",
                  "[conv_transpose: {out: 8, kernel: 4, pad: 0, norm: batch_norm, activation: relu}, "
                  "conv_transpose: {out: 3, kernel: 4, stride: 2, pad: 1}, tanh]"),
            parse("[3, 16, 1]",
                  "[farthest_point_sampling: {name: centres, points: 4}, "
                  "ball_query: {from: [x, centres], radius: 4, samples: 5}, "
                  "conv: {out: 8, norm: batch_norm, activation: relu}, pool: {type: max, global: true}, "
                  "flatten, linear: {out: 4}]"),
        };
        for (const auto& network : networks) {
            const auto batch = noise(network, 8, 3);
            for (const auto& proxy : proxies()) {
                CAPTURE(network.layers.back().name);
                CAPTURE(network.layers[1].name);
                CAPTURE(proxy.name);
                const bool rectified = std::ranges::any_of(
                    network.layers, [](const Layer& l) { return std::holds_alternative<Activation>(l.op); });
                Model first(network, 3), again(network, 3);
                const double score = proxy.score(first, batch);
                CHECK((std::isfinite(score) || (proxy.name == "naswot" && !rectified)));
                CHECK(proxy.score(again, batch) == score);  // the same again
            }
        }
    }
}

}  // namespace dyad::arch_space::torch
