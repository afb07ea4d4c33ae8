// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/classifier.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "arch_space/torch/training/trainer.hpp"
#include "core/random.hpp"

namespace dyad::arch_space::torch {
namespace {

constexpr std::int64_t batch = 128;

/// The weights are views of the given ones: scoring changes none.
void put(const std::vector<SharedWeights::Slice>& slices, Model& model) {
    for (const auto& slice : slices) {
        auto& weights = model.weights()[slice.layer];
        (slice.bias ? weights.bias : weights.weight) = slice.value.contiguous();
    }
}

}  // namespace

Classifier::Classifier(const Network& network, const std::vector<SharedWeights::Slice>& weights, const DataSet& data,
                       std::uint64_t calibration)
    : feed_(network, data), model_(network, std::nullopt) {
    const at::NoGradGuard no_gradients;
    put(weights, model_);
    const auto count = std::min(static_cast<std::int64_t>(calibration), data.train.size());
    const auto all = at::tensor(drawn(data.train.size(), count, core::Stream(0, "calibration")), at::kLong);
    double seen = 0;
    for (const auto& numbers : all.split(batch)) {
        if (numbers.size(0) < std::min(batch, count)) break;
        const auto images = feed_.normalised(feed_.pixels(data.train, numbers));
        (void)model_.forward({images}, {.norm = Norm::batch, .momentum = 1 / ++seen, .quantised = true});
    }
}

at::Tensor Classifier::scores(const at::Tensor& pixels) {
    return model_.forward({feed_.normalised(pixels)}, {.norm = Norm::running, .quantised = true});
}

at::Tensor hits(Classifier& classifier, const Images& images, const at::Tensor& numbers, const Change& change) {
    std::vector<at::Tensor> all;
    std::int64_t first = 0;
    for (const auto& part : numbers.split(batch)) {
        auto pixels = classifier.feed().pixels(images, part);
        const auto classes = images.classes.index_select(0, part);
        if (change) pixels = change(pixels, classes, first);
        const at::NoGradGuard no_gradients;
        all.push_back(classifier.scores(pixels).argmax(1).eq(classes));
        first += part.size(0);
    }
    return at::cat(all);
}

}  // namespace dyad::arch_space::torch
