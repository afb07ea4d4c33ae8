// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/profile/script.hpp"

#include <torch/script.h>

#include "arch_space/torch/batch.hpp"
#include "arch_space/torch/model.hpp"
#include "tests/arch_space/network_text.hpp"
#include "tests/scratch.hpp"

namespace dyad::arch_space::torch {
namespace {

constexpr const char* networks[] = {
    "network: convolutions\ninput: {image: {channels: 3, size: 16}}\nlayers:\n"
    "  - conv: {out: 8, kernel: 3, stride: 2, norm: batch_norm, activation: hardswish}\n"
    "  - inverted_residual: {out: 8, expand: 3, kernel: 5, squeeze_excite: true}\n"
    "  - pool: {type: max, kernel: 3, stride: 2, pad: same}\n  - flatten\n  - linear: {out: 5}\n",
    "network: tokens\ninput: {x: [6, 8]}\nlayers:\n"
    "  - transformer_encoder: {heads: 2, hidden: 16, causal: true, cache: 3}\n  - gather: {indices: [4, 1]}\n",
    "network: points\ninput: {x: [3, 9, 1]}\nlayers:\n  - farthest_point_sampling: {name: centres, points: 3}\n"
    "  - ball_query: {from: [x, centres], radius: 1.5, samples: 4}\n",
};

at::Tensor run(::torch::jit::Module module) {
    std::vector<c10::IValue> inputs;
    for (const auto& buffer : module.named_buffers())
        if (buffer.name.starts_with("input")) inputs.emplace_back(buffer.value);
    return module.forward(inputs).toTensor();
}

}  // namespace

TEST_SUITE("torch/script") {
    TEST_CASE("a network saved as a script computes what it computes here") {
        const test::Scratch folder;
        const at::NoGradGuard no_gradients;
        for (const auto* text : networks) {
            const auto network = parse(text);
            CAPTURE(network.name);
            const auto file = (folder / "net.pt").string();
            save_script(network, 2, file);
            const auto script = ::torch::jit::load(file);
            Model model(network, 1);
            const auto result = model.forward(noise(network, 2, 1).inputs, {.norm = Norm::running});
            CHECK(run(script).equal(result));
        }
    }
    TEST_CASE("a network saved as a script runs in another precision") {
        const test::Scratch folder;
        const at::NoGradGuard no_gradients;
        for (const auto* text : networks) {
            const auto file = (folder / "net.pt").string();
            save_script(parse(text), 1, file);
            auto script = ::torch::jit::load(file);
            script.to(at::kDouble);
            CHECK((run(script).scalar_type() == at::kDouble));
        }
    }
}

}  // namespace dyad::arch_space::torch
