// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>

#include "arch_space/torch/data/data_set.hpp"
#include "arch_space/torch/training/shared_weights.hpp"
#include "core/random.hpp"

namespace dyad::arch_space::torch {

/// How weights are learned: stochastic gradient descent with Nesterov's momentum 0.9 and cross entropy, the rate rising
/// for the first twentieth of the steps and falling by a cosine to 0 (Loshchilov and Hutter 2017).
struct Recipe {
    std::uint64_t epochs = 5, batch = 128;
    std::uint64_t images = 0;      ///< of the data set to learn from, drawn once; 0 = all
    std::uint64_t validation = 0;  ///< images to learn from that are kept back, to validate on
    double rate = 0.1, decay = 1e-4;
    std::uint64_t seed = 1;
};

/// The network that a step trains.
using MemberAt = std::function<Network(std::uint64_t step)>;
/// Told after each step.
using StepDone = std::function<void(std::uint64_t step, double loss)>;

/// Trains weights step by step. A step depends on the recipe, the weights and its number alone: not on what ran before
/// in this process, nor on the number of threads. Each batch is two halves, normalised each for itself, whose gradients
/// are added in order; two threads take one each.
class Trainer {
public:
    /// Throws core::Error when there are fewer images than a batch.
    Trainer(const DataSet& data, const Recipe& recipe, unsigned threads = 1);

    [[nodiscard]] std::uint64_t steps() const { return recipe_.epochs * per_epoch_; }
    /// Steps from `first` to before `last`. Throws core::Error when the loss is no number, and for a member that cannot
    /// be trained or needs too much memory.
    void run(SharedWeights& weights, const MemberAt& member, std::uint64_t first, std::uint64_t last,
             const StepDone& done);

private:
    [[nodiscard]] at::Tensor numbers(std::uint64_t step);
    [[nodiscard]] double rate(std::uint64_t step) const;
    /// The loss before the step.
    [[nodiscard]] double advance(const Network& member, std::vector<SharedWeights::Slice> slices, std::uint64_t step);

    const DataSet& data_;
    Recipe recipe_;
    unsigned threads_;
    std::vector<std::int64_t> chosen_;  ///< images to learn from
    std::uint64_t per_epoch_;
    at::Tensor order_;  ///< of the images in epoch_
    std::uint64_t epoch_;
};

/// Numbers of the images to learn from that are kept back, the same ones for any training: `count` of `total`, drawn
/// once.
[[nodiscard]] std::vector<std::int64_t> kept_back(std::int64_t total, std::uint64_t count);

/// `count` of the numbers below `total`, in an order of the stream's.
[[nodiscard]] std::vector<std::int64_t> drawn(std::int64_t total, std::int64_t count, core::Stream random);

}  // namespace dyad::arch_space::torch
