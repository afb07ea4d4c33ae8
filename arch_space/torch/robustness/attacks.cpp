// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include "arch_space/torch/draw.hpp"
#include "arch_space/torch/robustness/perturbations.hpp"

namespace dyad::arch_space::torch {
namespace {

/// Up or down, where the loss grows; 0 where it does not depend on a pixel.
at::Tensor uphill(Classifier& classifier, const at::Tensor& pixels, const at::Tensor& classes) {
    const auto leaf = pixels.detach().clone().set_requires_grad(true);
    const auto loss = at::cross_entropy_loss(classifier.scores(leaf), classes, {}, at::Reduction::Sum);
    if (!loss.requires_grad()) return at::zeros_like(pixels);
    const auto slope = ::torch::autograd::grad({loss}, {leaf}, {}, {}, false, true)[0];
    return slope.defined() ? slope.sign() : at::zeros_like(pixels);
}

}  // namespace

at::Tensor fgsm(Classifier& classifier, const at::Tensor& pixels, const at::Tensor& classes, double radius) {
    return (pixels + radius * uphill(classifier, pixels, classes)).clamp(0, 1);
}

at::Tensor pgd(Classifier& classifier, const at::Tensor& pixels, const at::Tensor& classes, double radius,
               std::uint64_t steps, core::Stream random) {
    const auto least = (pixels - radius).clamp(0, 1), most = (pixels + radius).clamp(0, 1);
    auto at = (pixels + uniform(pixels.sizes(), radius, random)).clamp(0, 1);
    const double step = 2.5 * radius / static_cast<double>(steps);
    for (std::uint64_t i = 0; i < steps; ++i)
        at = at::minimum(at::maximum(at + step * uphill(classifier, at, classes), least), most);
    return at;
}

}  // namespace dyad::arch_space::torch
