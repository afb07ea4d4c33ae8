// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/convolution.hpp"

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <torch/csrc/autograd/autograd.h>

namespace dyad::arch_space::torch {
namespace {

using Tensors = std::vector<at::Tensor>;

Tensors slopes(const at::Tensor& of, const Tensors& by, bool again) {
    return ::torch::autograd::grad({of}, by, {}, again, again);
}

/// Pixels or weights between -2 and 2, no two alike in a row.
at::Tensor values(at::IntArrayRef sizes, double step) {
    const auto count = at::arange(0, at::empty(sizes).numel(), at::kDouble);
    return (2 * at::sin(step * count)).reshape(sizes).set_requires_grad(true);
}

/// The result, its slopes by image and kernel, and theirs in turn by both.
template <class Convolve>
Tensors twice(const Tensors& by, const Convolve& convolve) {
    const auto result = convolve(by[0], by[1]);
    const auto first = slopes(result.square().sum(), by, true);
    const auto again = slopes(first[0].pow(3).sum() + first[1].pow(3).sum(), by, false);
    return {result, first[0], first[1], again[0], again[1]};
}

}  // namespace

TEST_SUITE("arch_space/torch/convolution") {
    TEST_CASE("a convolution and its slopes, once and twice, are those of ATen") {
        const auto check = [](at::IntArrayRef kernel, const Window& w) {
            const Tensors by{values({2, 4, 7, 6}, 0.7), values(kernel, 1.3)};
            const auto found = twice(by, [&](const auto& x, const auto& k) { return convolution(x, k, w); });
            const auto expected = twice(by, [&](const auto& x, const auto& k) {
                return at::conv2d(x, k, {}, w.stride, w.padding, w.dilation, w.groups);
            });
            for (std::size_t i = 0; i < found.size(); ++i) {
                CAPTURE(i);
                CHECK(found[i].sizes() == expected[i].sizes());
                CHECK(at::allclose(found[i], expected[i], 1e-9, 1e-9));
            }
        };
        check({3, 4, 3, 3}, {{1, 1}, {1, 1}, {1, 1}, 1});
        check({3, 4, 1, 1}, {{1, 1}, {0, 0}, {1, 1}, 1});
        check({5, 4, 3, 2}, {{2, 3}, {2, 1}, {1, 2}, 1});  // a stride that leaves pixels over
        check({4, 1, 3, 3}, {{2, 2}, {1, 1}, {1, 1}, 4});
        check({6, 2, 3, 3}, {{1, 1}, {0, 2}, {2, 2}, 2});
    }
    TEST_CASE("what no slope is asked for has none") {
        const auto image = values({1, 2, 3, 3}, 0.7).detach(), kernel = values({2, 2, 3, 3}, 1.3);
        const Window w{{1, 1}, {1, 1}, {1, 1}, 1};
        const auto first = slopes(convolution(image, kernel, w).square().sum(), {kernel}, true)[0];
        // a square sum of what is linear in the kernel: its second slope along the kernel is its first
        const auto again = slopes((first * kernel.detach()).sum(), {kernel}, false)[0];
        CHECK(at::allclose(again, first, 1e-9, 1e-9));
    }
}
}  // namespace dyad::arch_space::torch
