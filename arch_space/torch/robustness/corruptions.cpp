// SPDX-License-Identifier: Apache-2.0
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "arch_space/torch/draw.hpp"
#include "arch_space/torch/robustness/perturbations.hpp"

namespace dyad::arch_space::torch {

at::Tensor add_noise(const at::Tensor& pixels, double deviation, core::Stream random) {
    return (pixels + deviation * normal(pixels.sizes(), random)).clamp(0, 1);
}

at::Tensor blur(const at::Tensor& pixels, double deviation) {
    const auto reach = static_cast<std::int64_t>(std::ceil(3 * deviation)), channels = pixels.size(1);
    const auto window = at::exp(-at::arange(-reach, reach + 1, at::kFloat).square() / (2 * deviation * deviation));
    const auto kernel = (window / window.sum()).reshape({1, 1, -1, 1}).expand({channels, 1, -1, 1});
    const auto padded = at::replication_pad2d(pixels, {reach, reach, reach, reach});
    const std::vector<std::int64_t> one{1, 1}, none{0, 0};
    const auto down = at::conv2d(padded, kernel, {}, one, none, one, channels);
    return at::conv2d(down, kernel.transpose(2, 3), {}, one, none, one, channels).clamp(0, 1);
}

at::Tensor less_contrast(const at::Tensor& pixels, double left) {
    const auto mean = pixels.mean({2, 3}, true);
    return mean + left * (pixels - mean);
}

at::Tensor occlude(const at::Tensor& pixels, double side, core::Stream random) {
    auto result = pixels.clone();
    const auto covered = [&](std::int64_t size) {
        return std::clamp(std::llround(side * static_cast<double>(size)), 0LL, static_cast<long long>(size));
    };
    const auto height = covered(pixels.size(2)), width = covered(pixels.size(3));
    const auto place = [&](std::int64_t free) {
        return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(free) + 1));
    };
    for (std::int64_t i = 0; i < pixels.size(0); ++i) {
        const auto row = place(pixels.size(2) - height), column = place(pixels.size(3) - width);
        result[i].narrow(1, row, height).narrow(2, column, width).fill_(0.5);
    }
    return result;
}

const std::vector<std::string>& perturbations() {
    static const std::vector<std::string> names{"fgsm", "pgd", "noise", "blur", "contrast", "occlusion"};
    return names;
}

namespace {

/// The perturbation at each of its strengths.
std::vector<Change> changes(const std::string& name, const Strengths& s, Classifier& classifier, std::uint64_t seed) {
    const auto stream = [=](std::int64_t first) { return core::Stream(seed, name, static_cast<std::uint64_t>(first)); };
    using Pixels = const at::Tensor&;
    if (name == "noise")
        return {[=](Pixels x, Pixels, std::int64_t first) { return add_noise(x, s.noise, stream(first)); }};
    if (name == "blur") return {[=](Pixels x, Pixels, std::int64_t) { return blur(x, s.blur); }};
    if (name == "contrast") return {[=](Pixels x, Pixels, std::int64_t) { return less_contrast(x, s.contrast); }};
    if (name == "occlusion")
        return {[=](Pixels x, Pixels, std::int64_t first) { return occlude(x, s.occlusion, stream(first)); }};
    std::vector<Change> all;
    for (const auto radius : s.radii) {
        if (name == "fgsm")
            all.emplace_back(
                [&classifier, radius](Pixels x, Pixels y, std::int64_t) { return fgsm(classifier, x, y, radius); });
        else if (name == "pgd")
            all.emplace_back(
                [&classifier, radius, stream, steps = s.pgd_steps](Pixels x, Pixels y, std::int64_t first) {
                    return pgd(classifier, x, y, radius, steps, stream(first));
                });
        else
            throw std::logic_error("no perturbation of that name");
    }
    return all;
}

}  // namespace

at::Tensor hits_under(const std::string& perturbation, const Strengths& strengths, Classifier& classifier,
                      const Images& images, const at::Tensor& numbers, std::uint64_t seed) {
    std::vector<at::Tensor> all;
    for (const auto& change : changes(perturbation, strengths, classifier, seed))
        all.push_back(hits(classifier, images, numbers, change).to(at::kDouble));
    return at::stack(all).mean(0);
}

}  // namespace dyad::arch_space::torch
