// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "arch_space/network.hpp"

namespace dyad::arch_space::torch {

/// How batch normalisation works in a forward pass: by the statistics of the batch (training; updates the running ones)
/// or by the running ones (inference).
enum class Norm { batch, running };

/// A network as tensors. The network must outlive it. Layers keep their order; a layer that shares another's weights
/// has none of its own.
class Model {
public:
    /// Weights of a layer in PyTorch's layout: {out, in / groups, h, w} of a convolution ({in, out / groups, h, w} of a
    /// transposed one), {out, in} of a linear layer. Undefined where the layer has none.
    struct Weights {
        at::Tensor weight, bias, mean, variance;
        at::Tensor range{};  ///< largest magnitude of the input, where quantised passes have seen batches
    };
    /// What a forward pass may watch or change: the first output of each layer, inputs too, by its number.
    using Watch = std::function<at::Tensor(std::size_t layer, const at::Tensor& value)>;
    struct Pass {
        Norm norm = Norm::batch;
        double momentum = 0.1;  ///< share of a batch in the running statistics
        /// No normalisation, nothing that flattens what is large (relu6, tanh, a softmax or sigmoid at the end; gates
        /// do), and attention that averages what it sees.
        bool linear = false;
        bool quantised = false;  ///< weights and activations rounded to the layers' precisions of 4, 8 or 16 bits
        bool twice = false;      ///< slopes of the result are derived once more
        bool laid_out = false;   ///< after lay_out(): kernels are not copied into their layout again
        Watch watch{};
    };

    /// Initialised as PyTorch does by default: uniform within 1 / sqrt(fan in), normalisation 1 and 0, tables normal.
    /// Without a seed, with zeros for what would be drawn.
    Model(const Network& network, std::optional<std::uint64_t> seed);

    [[nodiscard]] const Network& network() const { return *network_; }
    [[nodiscard]] std::uint64_t seed() const { return seed_; }
    [[nodiscard]] std::vector<Weights>& weights() { return weights_; }
    /// The tensors of weights() that are learned.
    [[nodiscard]] std::vector<at::Tensor> learned() const;
    /// Whether it is a convolution or linear layer.
    [[nodiscard]] bool has_kernel(std::size_t layer) const;
    /// Their weights: what zero-cost proxies score.
    [[nodiscard]] std::vector<at::Tensor> kernels() const;
    /// Copies the kernels of convolutions into the layout that they are computed in. Else each pass does, as learning
    /// changes them.
    void lay_out();
    /// The last layer's output, {batch, ...}. `inputs`: one a network input, {batch, shape ...}.
    [[nodiscard]] at::Tensor forward(const std::vector<at::Tensor>& inputs, const Pass& pass);

private:
    const Network* network_;
    std::uint64_t seed_;
    std::vector<std::size_t> owners_;  ///< whose weights a layer uses
    std::vector<Weights> weights_;
};

}  // namespace dyad::arch_space::torch
