// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

#include "arch_space/torch/batch.hpp"
#include "arch_space/torch/model.hpp"

namespace dyad::arch_space::torch {

/// A score of an untrained network: higher is taken to be more accurate.
struct Proxy {
    std::string_view name;
    /// Scores a model just made; the model is spent. Not finite where the proxy says nothing of such a network.
    double (*score)(Model& model, const Batch& batch);
    bool samples;  ///< whether it looks at the batch
    std::string_view source;
};

/// synflow (ln of it), snip, grad_norm, grasp, fisher, jacob_cov, naswot, zen, l2_norm, and the baselines parameters
/// and macs. Scores add over the weights of convolutions and linear layers. Where tokens enter, what their table gives
/// takes the place of the input.
[[nodiscard]] std::span<const Proxy> proxies();
/// The proxy of that name; null where there is none.
[[nodiscard]] const Proxy* find_proxy(std::string_view name);

}  // namespace dyad::arch_space::torch
