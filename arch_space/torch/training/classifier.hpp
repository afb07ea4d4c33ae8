// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "arch_space/torch/training/feed.hpp"
#include "arch_space/torch/training/shared_weights.hpp"

namespace dyad::arch_space::torch {

/// A trained network at its own precision. The network must outlive it.
class Classifier {
public:
    /// With weights of its own, or its slices of shared ones. Batch normalisation and the ranges of what is rounded are
    /// measured anew on `calibration` training images, weights as they are (Yu and Huang 2019).
    Classifier(const Network& network, const std::vector<SharedWeights::Slice>& weights, const DataSet& data,
               std::uint64_t calibration = 2048);

    [[nodiscard]] const Feed& feed() const { return feed_; }
    /// Scores of the classes, {n, values}, of pixels as Feed gives them.
    [[nodiscard]] at::Tensor scores(const at::Tensor& pixels);

private:
    Feed feed_;
    Model model_;
};

/// Whether each of the numbered images is given its class, after `change` of its pixels.
using Change = std::function<at::Tensor(const at::Tensor& pixels, const at::Tensor& classes, std::int64_t first)>;
[[nodiscard]] at::Tensor hits(Classifier& classifier, const Images& images, const at::Tensor& numbers,
                              const Change& change = {});

}  // namespace dyad::arch_space::torch
