// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/shared_weights.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "arch_space/network_json.hpp"
#include "arch_space/torch/draw.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

using Sizes = std::vector<std::int64_t>;

Sizes sizes_of(const at::Tensor& tensor) { return tensor.sizes().vec(); }

std::string kind_of(const Conv& conv, std::uint64_t channels) {
    if (conv.transposed) return "transposed";
    if (conv.groups > 1) return conv.groups == channels ? "depthwise" : "grouped";
    return conv.kernel.h == 1 && conv.kernel.w == 1 ? "pointwise" : "dense";
}

std::string kind_of(const Network& network, const Layer& layer) {
    Shapes in;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k)
        in.push_back(network.layers[layer.inputs[k]].outputs[layer.input_slots[k]]);
    const auto* conv = std::get_if<Conv>(&layer.op);
    return conv == nullptr ? std::string(name(layer.op, in)) : kind_of(*conv, in[0][0]);
}

/// The kind of the convolution, linear layer or input that feeds a layer by its first inputs.
std::string source_of(const Network& network, const Layer& layer) {
    const auto* at = &layer;
    do {
        at = &network.layers[at->inputs[0]];
        if (std::holds_alternative<Conv>(at->op) || std::holds_alternative<Linear>(at->op))
            return kind_of(network, *at);
    } while (!at->inputs.empty());
    return "input";
}

/// The name as the evaluator protocol writes it; the first of several copies is named as the only one.
std::string name_of(const Layer& layer) {
    auto name = exchanged_name(layer.name) + '/';
    for (auto at = name.find("/0/"); at != std::string::npos; at = name.find("/0/", at)) name.erase(at, 2);
    return name;
}

/// By layer: what its weights go by.
std::vector<std::string> keys_of(const Network& network) {
    std::vector<std::string> keys;
    std::map<std::string, std::string> owners;
    for (const auto& layer : network.layers) {
        keys.push_back(layer.inputs.empty() ? name_of(layer)
                                            : fmt::format("{}{}/{}", name_of(layer), kind_of(network, layer),
                                                          source_of(network, layer)));
        if (layer.parameters == 0) continue;
        if (const auto [owner, fresh] = owners.emplace(keys.back(), layer.name); !fresh)
            throw core::Error(fmt::format("layers '{}' and '{}' of a member would have one set of weights: rename one",
                                          owner->second, layer.name));
    }
    return keys;
}

bool fits(const at::Tensor& tensor, const Sizes& sizes) {
    if (tensor.dim() != static_cast<std::int64_t>(sizes.size())) return false;
    for (std::size_t axis = 0; axis < sizes.size(); ++axis)
        if (sizes[axis] > tensor.size(static_cast<std::int64_t>(axis))) return false;
    return true;
}

at::Tensor part(at::Tensor whole, const Sizes& sizes) {
    for (std::int64_t axis = 0; axis < whole.dim(); ++axis) {
        const auto size = sizes[static_cast<std::size_t>(axis)];
        whole = whole.narrow(axis, axis < 2 ? 0 : (whole.size(axis) - size) / 2, size);
    }
    return whole;
}

/// Values spread as those of `example` are: what is constant stays so.
at::Tensor alike(const at::Tensor& example, const Sizes& sizes, core::Stream& random) {
    const auto first = example.reshape({-1})[0];
    if (example.eq(first).all().item<bool>()) return at::full(sizes, first.item<float>());
    return uniform(sizes, std::sqrt(3 * example.square().mean().item<double>()), random);
}

/// Room for both, what was there kept.
SharedWeights::Entry grown(const SharedWeights::Entry& old, const at::Tensor& fresh, core::Stream random) {
    auto sizes = sizes_of(fresh);
    for (std::size_t axis = 0; axis < sizes.size(); ++axis)
        sizes[axis] = std::max(sizes[axis], old.value.size(static_cast<std::int64_t>(axis)));
    SharedWeights::Entry entry{alike(fresh, sizes, random), at::zeros(sizes)};
    part(entry.value, sizes_of(fresh)).copy_(fresh);
    part(entry.value, sizes_of(old.value)).copy_(old.value);
    part(entry.velocity, sizes_of(old.value)).copy_(old.velocity);
    return entry;
}

template <class Visit>
void for_each_learned(Model& model, const std::vector<std::string>& keys, const Visit& visit) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& weights = model.weights()[i];
        if (weights.weight.defined()) visit(i, false, keys[i] + ".weight", weights.weight);
        if (weights.bias.defined()) visit(i, true, keys[i] + ".bias", weights.bias);
    }
}

}  // namespace

void SharedWeights::grow(const Network& member, const std::vector<std::string>& keys) {
    Model fresh(member, seed_);
    for_each_learned(fresh, keys, [&](std::size_t, bool, const std::string& key, const at::Tensor& tensor) {
        auto& entry = entries_[key];
        if (!entry.value.defined() || entry.value.dim() != tensor.dim())
            entry = {tensor, at::zeros(tensor.sizes())};
        else if (!fits(entry.value, sizes_of(tensor)))
            entry = grown(entry, tensor, core::Stream(seed_, key, static_cast<std::uint64_t>(entry.value.numel())));
    });
}

std::vector<SharedWeights::Slice> SharedWeights::slices(const Network& member) {
    const auto keys = keys_of(member);
    Model empty(member, std::nullopt);
    bool missing = false;
    for_each_learned(empty, keys, [&](std::size_t, bool, const std::string& key, const at::Tensor& tensor) {
        const auto found = entries_.find(key);
        missing = missing || found == entries_.end() || !fits(found->second.value, sizes_of(tensor));
    });
    if (missing) grow(member, keys);
    return trained_slices(member);
}

std::vector<SharedWeights::Slice> SharedWeights::trained_slices(const Network& member) const {
    const auto keys = keys_of(member);
    Model empty(member, std::nullopt);
    std::vector<Slice> all;
    for_each_learned(empty, keys, [&](std::size_t i, bool bias, const std::string& key, const at::Tensor& tensor) {
        const auto found = entries_.find(key);
        const auto sizes = sizes_of(tensor);
        if (found == entries_.end())
            throw core::Error(fmt::format("no shared weights for layer '{}': it is of no member that was trained",
                                          member.layers[i].name));
        const auto& [value, velocity] = found->second;
        if (!fits(value, sizes))
            throw core::Error(fmt::format("the shared weights of layer '{}' are too few: found {}, expected {} or more",
                                          member.layers[i].name, fmt::join(value.sizes(), " x "),
                                          fmt::join(sizes, " x ")));
        all.push_back({i, bias, part(value, sizes), part(velocity, sizes)});
    });
    return all;
}

}  // namespace dyad::arch_space::torch
