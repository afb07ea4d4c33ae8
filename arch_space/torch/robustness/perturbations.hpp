// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "arch_space/torch/training/classifier.hpp"
#include "core/random.hpp"

namespace dyad::arch_space::torch {

/// Strengths of what is done to images {n, channels, height, width} of black 0 and white 1.
struct Strengths {
    std::vector<double> radii{0.02, 0.05};  ///< largest change of a pixel by an attack
    std::uint64_t pgd_steps = 7;
    double noise = 0.1;       ///< standard deviation of normal noise on each value
    double blur = 1;          ///< standard deviation of a Gaussian window, pixels
    double contrast = 0.4;    ///< share of the distance to the channel's mean that is left
    double occlusion = 0.25;  ///< side of a grey square over the image's
};

// All results stay within black and white.

/// A step of `radius` up the loss (fast gradient sign; Goodfellow et al. 2015, equation 1).
[[nodiscard]] at::Tensor fgsm(Classifier& classifier, const at::Tensor& pixels, const at::Tensor& classes,
                              double radius);
/// Steps of 2.5 radius / steps up the loss from a uniform place, each back to within `radius` (projected gradient
/// descent; Madry et al. 2018).
[[nodiscard]] at::Tensor pgd(Classifier& classifier, const at::Tensor& pixels, const at::Tensor& classes, double radius,
                             std::uint64_t steps, core::Stream random);

// Corruptions as Hendrycks and Dietterich 2019 have them, and a grey square as Zeiler and Fergus 2014.

[[nodiscard]] at::Tensor add_noise(const at::Tensor& pixels, double deviation, core::Stream random);
/// The border goes on beyond the image; the window ends at three deviations.
[[nodiscard]] at::Tensor blur(const at::Tensor& pixels, double deviation);
[[nodiscard]] at::Tensor less_contrast(const at::Tensor& pixels, double left);
/// At a place of each image's own.
[[nodiscard]] at::Tensor occlude(const at::Tensor& pixels, double side, core::Stream random);

/// fgsm, pgd, noise, blur, contrast, occlusion.
[[nodiscard]] const std::vector<std::string>& perturbations();
/// By image, the share of the perturbation's strengths at which it is still given its class, {n}.
[[nodiscard]] at::Tensor hits_under(const std::string& perturbation, const Strengths& strengths, Classifier& classifier,
                                    const Images& images, const at::Tensor& numbers, std::uint64_t seed);

}  // namespace dyad::arch_space::torch
