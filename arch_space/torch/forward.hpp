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

[[nodiscard]] at::Tensor attend(const Attention& attention, const Call& call);
[[nodiscard]] at::Tensor sample_farthest(const FarthestPointSampling& sampling, const at::Tensor& points);
[[nodiscard]] at::Tensor group(const Grouping& grouping, const Call& call);

}  // namespace dyad::arch_space::torch
