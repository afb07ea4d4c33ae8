// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <limits>
#include <set>

#include "arch_space/torch/training/classifier.hpp"
#include "arch_space/torch/training/trainer.hpp"
#include "core/error.hpp"
#include "tests/arch_space/network_text.hpp"
#include "tests/arch_space/torch/tiny_data.hpp"

namespace dyad::arch_space::torch {
namespace {

const char* const small_layers =
    "[conv: {name: c, out: 8, kernel: 3, stride: 2, norm: batch_norm, activation: relu}, "
    "pool: {type: average, kernel: 2}, flatten, linear: {name: l, out: 4}]";

void train(SharedWeights& weights, const Network& network, const DataSet& data, const Recipe& recipe,
           unsigned threads = 1) {
    Trainer trainer(data, recipe, threads);
    trainer.run(
        weights, [&](std::uint64_t) { return network; }, 0, trainer.steps(), [](std::uint64_t, double) {});
}

std::vector<at::Tensor> values(SharedWeights& weights, const Network& network) {
    std::vector<at::Tensor> all;
    for (const auto& slice : weights.slices(network)) all.push_back(slice.value.clone());
    return all;
}

bool same(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.equal(y); });
}

std::string error_of(const Network& network, const DataSet& data, const Recipe& recipe = {.epochs = 1, .batch = 4}) {
    try {
        SharedWeights weights(1);
        train(weights, network, data, recipe);
    } catch (const core::Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_SUITE("arch_space/torch/training") {
    TEST_CASE("a step of descent is the one counted by hand") {
        // Inputs 1 and -1 of classes 0 and 1, weights 0: both classes have probability 1/2, so the gradient of the
        // first weight is the mean of (1/2 - 1) 1 and 1/2 (-1), -1/2, and that of the second 1/2. The only step has
        // half the greatest rate (the cosine's middle), 1/2, and Nesterov's momentum adds 0.9 of the gradient: 1/2
        // x 1.9 x 1/2 = 0.475.
        const auto network = parse("[1, 1, 1]", "[flatten, linear: {out: 2, bias: false, precision: fp32}]");
        const Images images{at::tensor({255, 0}, at::kByte).reshape({2, 1, 1, 1}), at::tensor({0, 1}, at::kLong)};
        const DataSet data{"hand", 2, images, images, {0.5F}, {0.5F}};
        SharedWeights weights(1);
        weights.slices(network)[0].value.zero_();
        train(weights, network, data, {.epochs = 1, .batch = 2, .rate = 1, .decay = 0});
        CHECK(weights.slices(network)[0].value.reshape(-1).allclose(at::tensor({0.475F, -0.475F})));
        CHECK(weights.slices(network)[0].velocity.reshape(-1).allclose(at::tensor({-0.5F, 0.5F})));
    }
    TEST_CASE("a network learns what can be learned, alike from the same seed at any number of threads") {
        const auto data = quarters(128, 64);
        const auto network = parse("[1, 8, 8]", small_layers);
        const Recipe recipe{.epochs = 4, .batch = 16};
        SharedWeights one(1), two(1), other(2);
        train(one, network, data, recipe);
        train(two, network, data, recipe, 2);
        train(other, network, data, {.epochs = 4, .batch = 16, .seed = 2});
        CHECK(same(values(one, network), values(two, network)));
        CHECK_FALSE(same(values(one, network), values(other, network)));
        Classifier classifier(network, one.trained_slices(network), data);
        CHECK(hits(classifier, data.test, at::arange(64)).all().item<bool>());
        Classifier untrained(network, SharedWeights(1).slices(network), data);
        CHECK(hits(untrained, data.test, at::arange(64)).sum().item<int>() < 48);
    }
    TEST_CASE("each image of a batch of odd size counts alike") {
        // Inputs 1, 1 and 0 of class 0, weights 0: the gradient of the first weight is the mean of -1/2, -1/2 and 0,
        // -1/3; the rate 1/2 and momentum 1.9 make 0.3167 of it. Halves of two and one counted alike gave -1/4.
        const auto network = parse("[1, 1, 1]", "[flatten, linear: {out: 2, bias: false, precision: fp32}]");
        const Images images{at::tensor({255, 255, 0}, at::kByte).reshape({3, 1, 1, 1}), at::zeros({3}, at::kLong)};
        const DataSet data{"hand", 2, images, images, {0}, {1}};
        SharedWeights weights(1);
        weights.slices(network)[0].value.zero_();
        train(weights, network, data, {.epochs = 1, .batch = 3, .rate = 1, .decay = 0});
        CHECK(weights.slices(network)[0].value.reshape(-1).allclose(at::tensor({0.95F / 3, -0.95F / 3})));
    }
    TEST_CASE("images kept back for validation are the same for any seed and never learned from") {
        const auto kept = kept_back(16, 4);
        CHECK(kept == kept_back(16, 4));
        CHECK(std::set(kept.begin(), kept.end()).size() == 4);
        auto data = quarters(16, 4);
        const auto network = parse("[1, 8, 8]", small_layers);
        const Recipe recipe{.epochs = 2, .batch = 12, .validation = 4};
        SharedWeights one(1), two(1);
        train(one, network, data, recipe);
        for (const auto i : kept) data.train.pixels[i].fill_(200);
        train(two, network, data, recipe);
        CHECK(same(values(one, network), values(two, network)));
        CHECK(error_of(network, data, {.batch = 4, .validation = 16}) ==
              "quarters: 16 images kept back for validation leave none of 16 to learn from");
    }
    TEST_CASE("batch normalisation is measured anew on training images") {
        const auto network =
            parse("[1, 1, 1]", "[batch_norm: {precision: fp32}, flatten, linear: {out: 2, precision: fp32}]");
        const Images images{at::tensor({0, 255, 255, 255}, at::kByte).reshape({4, 1, 1, 1}), at::zeros({4}, at::kLong)};
        const DataSet data{"hand", 2, images, images, {0}, {1}};
        SharedWeights weights(1);
        auto slices = weights.slices(network);
        slices[2].value.copy_(at::tensor({1.F, -1.F}).reshape({2, 1}));
        slices[3].value.zero_();
        Classifier classifier(network, slices, data);
        // mean 3/4, unbiased variance (3 x 1/16 + 9/16) / 3 = 1/4: black becomes -1.5, white 0.5
        const auto scores = classifier.scores(at::tensor({0.F, 1.F}).reshape({2, 1, 1, 1})).select(1, 0);
        CHECK(scores.allclose(at::tensor({-1.5F, 0.5F}), 1e-4));
    }
    TEST_CASE("what is rounded is tested by the ranges of the calibration") {
        // Range 1, int4 activations: steps of 1/7. 0.55 is 3.85 steps, rounded 4; 3 lies beyond and becomes 1.
        const auto network = parse(
            "[1, 1, 1]", "[flatten, linear: {out: 2, bias: false, precision: {weights: fp32, activations: int4}}]");
        const Images images{at::tensor({0, 255}, at::kByte).reshape({2, 1, 1, 1}), at::zeros({2}, at::kLong)};
        const DataSet data{"hand", 2, images, images, {0}, {1}};
        SharedWeights weights(1);
        auto slices = weights.slices(network);
        slices[0].value.fill_(1);
        Classifier classifier(network, slices, data);
        const auto scores = classifier.scores(at::tensor({0.55F, 3.F}).reshape({2, 1, 1, 1})).select(1, 0);
        CHECK(scores.allclose(at::tensor({4.F / 7, 1.F})));
    }
    TEST_CASE("images enter in the network's size and channels") {
        const auto data = quarters(4, 4);
        const auto network =
            parse("[3, 4, 4]", "[conv: {out: 2}, pool: {type: average, global: true}, flatten, linear: {out: 4}]");
        const Feed feed(network, data);
        const auto pixels = feed.pixels(data.train, at::tensor({2}, at::kLong));
        CHECK(pixels.sizes() == at::IntArrayRef({1, 3, 4, 4}));
        CHECK(pixels.select(1, 0).equal(pixels.select(1, 2)));
        // halving by two: the mean of four
        const auto four = data.train.pixels[2][0].narrow(0, 0, 2).narrow(1, 0, 2).to(at::kFloat).mean() / 255;
        CHECK(pixels[0][0][0][0].item<float>() == doctest::Approx(four.item<float>()));
        CHECK(feed.normalised(pixels).allclose((pixels - 0.3) / 0.25));
    }
    TEST_CASE("networks that cannot be trained are named") {
        const auto data = quarters(16, 4);
        CHECK(error_of(parse("[1, 8, 8]", "[pool: {type: average, output: [2, 2]}, flatten]"), data) ==
              "the network has no weights: it cannot be trained");
        CHECK(error_of(parse("[1, 8, 8]", "[flatten, linear: {out: 3}]"), data) ==
              "the network puts out 3, expected 4 values or more, one a class of quarters");
        CHECK(error_of(parse("[1, 8, 8]", "[conv: {out: 4}]"), data) ==
              "the network puts out 4 x 8 x 8, expected 4 values or more, one a class of quarters");
        CHECK(error_of(parse("[64]", "[linear: {out: 4}]"), data) ==
              "the network takes an input of 64, expected one image (channels x height x width)");
        CHECK(
            error_of(parse("network: n\ninput: {a: [1, 8, 8], b: [1, 8, 8]}\nlayers: [{add: [a, b]}, flatten, linear: "
                           "{out: 4}]"),
                     data) == "the network takes 2 inputs, expected one image (channels x height x width)");
        // 69 x 2^24 weights thrice, 2^24 outputs twice for each of 4, 4 bytes each: 13.4 GiB
        CHECK(error_of(parse("[1, 8, 8]", "[flatten, linear: {out: 16777216}, linear: {out: 4}]"), data) ==
              "4 samples need 14 GiB, at most 8 are used; ask for fewer samples");
        auto two = data;
        two.mean = two.deviation = {1, 1};
        CHECK(error_of(parse("[4, 8, 8]", "[flatten, linear: {out: 4}]"), two) ==
              "the network takes images of 4 channels, those of quarters have 2");
    }
    TEST_CASE("a loss that is no number, and a batch larger than the data set, are named") {
        const auto data = quarters(16, 4);
        const auto network = parse("[1, 8, 8]", "[flatten, linear: {out: 8}, linear: {out: 4}]");
        CHECK(error_of(network, data, {.epochs = 4, .batch = 4, .rate = 1e9}) ==
              "the loss is nan at step 3 of 16 (learning rate 1e+09): a smaller rate may help");
        CHECK(error_of(network, data, {.batch = 32}) ==
              "quarters: 16 images to learn from are fewer than a batch of 32");
        CHECK(error_of(network, data, {.batch = 8, .images = 4}) ==
              "quarters: 4 images to learn from are fewer than a batch of 8");
    }
}

}  // namespace dyad::arch_space::torch
