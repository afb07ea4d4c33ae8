// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/convolution.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/custom_function.h>

#include <array>

namespace dyad::arch_space::torch {
namespace {

using ::torch::autograd::AutogradContext;
using ::torch::autograd::Function;
using Tensors = ::torch::autograd::variable_list;

Window window_of(AutogradContext* context) {
    const auto sizes = [&](const char* name) { return context->saved_data[name].toIntVector(); };
    return {sizes("stride"), sizes("padding"), sizes("dilation"), context->saved_data["groups"].toInt()};
}

void keep(AutogradContext* context, const Tensors& tensors, const Window& window) {
    context->save_for_backward(tensors);
    context->set_materialize_grads(false);
    context->saved_data["stride"] = window.stride;
    context->saved_data["padding"] = window.padding;
    context->saved_data["dilation"] = window.dilation;
    context->saved_data["groups"] = window.groups;
}

at::Tensor product(const at::Tensor& image, const at::Tensor& kernel, const Window& w) {
    return at::conv2d(image, kernel, {}, w.stride, w.padding, w.dilation, w.groups);
}

/// Slopes of image and kernel, those that are asked for.
Tensors slopes(const at::Tensor& slope, const at::Tensor& image, const at::Tensor& kernel, const Window& w,
               std::array<bool, 2> wanted) {
    const auto [by_image, by_kernel, none] =
        at::convolution_backward(slope, image, kernel, c10::nullopt, w.stride, w.padding, w.dilation, false, {0, 0},
                                 w.groups, {wanted[0], wanted[1], false});
    return {by_image, by_kernel};
}

struct Slopes : Function<Slopes> {
    static Tensors forward(AutogradContext* context, const at::Tensor& slope, const at::Tensor& image,
                           const at::Tensor& kernel, const Window& window) {
        keep(context, {slope, image, kernel}, window);
        return slopes(slope, image, kernel, window, {true, true});
    }
    /// A slope is linear in its kernel, or image, and in what it is a slope of.
    static Tensors backward(AutogradContext* context, const Tensors& by) {
        const auto saved = context->get_saved_variables();
        const auto &slope = saved[0], &image = saved[1], &kernel = saved[2];
        const auto window = window_of(context);
        Tensors result(4);
        if (by[0].defined()) {
            result[0] = product(by[0], kernel, window);
            result[2] = slopes(slope, by[0], kernel, window, {false, true})[1];
        }
        if (by[1].defined()) {
            const auto more = product(image, by[1], window);
            result[0] = result[0].defined() ? result[0] + more : more;
            if (image.requires_grad()) result[1] = slopes(slope, image, by[1], window, {true, false})[0];
        }
        return result;
    }
};

struct Convolution : Function<Convolution> {
    static at::Tensor forward(AutogradContext* context, const at::Tensor& image, const at::Tensor& kernel,
                              const Window& window) {
        keep(context, {image, kernel}, window);
        return product(image, kernel, window);
    }
    static Tensors backward(AutogradContext* context, const Tensors& by) {
        const auto saved = context->get_saved_variables();
        auto result = Slopes::apply(by[0], saved[0], saved[1], window_of(context));
        result.emplace_back();
        return result;
    }
};

}  // namespace

at::Tensor convolution(const at::Tensor& image, const at::Tensor& kernel, const Window& window) {
    return Convolution::apply(image, kernel, window);
}

}  // namespace dyad::arch_space::torch
