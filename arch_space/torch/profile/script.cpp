// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/profile/script.hpp"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/script.h>

#include <sstream>

#include "arch_space/torch/batch.hpp"
#include "arch_space/torch/model.hpp"
#include "core/files.hpp"

namespace dyad::arch_space::torch {
namespace {

namespace jit = ::torch::jit;

/// Tensors that are buffers of a module are not copied into what is traced.
void add_weights(jit::Module& module, Model& model) {
    std::size_t number = 0;
    for (auto& weights : model.weights())
        for (auto* tensor : {&weights.weight, &weights.bias, &weights.mean, &weights.variance})
            if (tensor->defined()) module.register_buffer(fmt::format("weight{}", number++), *tensor);
}

/// What torch.jit.trace does, in C++.
void add_forward(jit::Module& module, Model& model, const std::vector<at::Tensor>& inputs) {
    const auto forward = [&](const jit::Stack& stack) {
        std::vector<at::Tensor> in;
        for (const auto& value : stack) in.push_back(value.toTensor());
        return jit::Stack{model.forward(in, {.norm = Norm::running, .laid_out = true})};
    };
    const auto nameless = [](const at::Tensor&) { return std::string(); };
    const auto [state, outputs] =
        jit::tracer::trace(jit::Stack(inputs.begin(), inputs.end()), forward, nameless, true, false, &module);
    const c10::QualifiedName name(*module.type()->name(), "forward");
    module.type()->addMethod(module._ivalue()->compilation_unit()->create_function(name, state->graph));
}

}  // namespace

void save_script(const Network& network, std::uint64_t batch, const std::string& file) {
    const at::NoGradGuard no_gradients;
    Model model(network, 1);
    model.lay_out();
    const auto inputs = noise(network, static_cast<std::int64_t>(batch), 1).inputs;
    jit::Module module("network");
    add_weights(module, model);
    for (std::size_t i = 0; i < inputs.size(); ++i) module.register_buffer(fmt::format("input{}", i), inputs[i]);
    add_forward(module, model, inputs);
    std::ostringstream bytes;
    module.save(bytes);
    core::write_file(file, bytes.str());
}

}  // namespace dyad::arch_space::torch
