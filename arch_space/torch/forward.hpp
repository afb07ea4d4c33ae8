// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/torch/model.hpp"

namespace dyad::arch_space::torch {

/// What an operator computes from its inputs {batch, ...}. Shapes are those of the network, without the batch.
struct Call {
    const Layer& layer;
    const Shapes& shapes;
    const std::vector<at::Tensor>& in;
    Model::Weights& weights;
    const Model::Pass& pass;
};
/// The layer's outputs, one each.
[[nodiscard]] std::vector<at::Tensor> compute(const Call& call);

/// Channels last, which convolutions and normalisations of few channels compute in half the time; results keep it. A
/// copy, as strides tell it where a window or width of 1 leaves it open.
[[nodiscard]] at::Tensor channels_last(const at::Tensor& kernel);

[[nodiscard]] at::Tensor attend(const Attention& attention, const Call& call);
[[nodiscard]] at::Tensor sample_farthest(const FarthestPointSampling& sampling, const at::Tensor& points);
[[nodiscard]] at::Tensor group(const Grouping& grouping, const Call& call);

}  // namespace dyad::arch_space::torch
