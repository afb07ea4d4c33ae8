// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/batch.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "arch_space/torch/draw.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

constexpr double most_bytes = 8.0 * (1 << 30);

bool is_tokens(const Layer& layer) {
    return std::holds_alternative<Input>(layer.op) && layer.activations == core::Precision::int32;
}

at::Tensor below(at::IntArrayRef shape, std::uint64_t limit, core::Stream& random) {
    auto tensor = at::empty(shape, at::kLong);
    auto* values = tensor.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<std::int64_t>(random.below(limit));
    return tensor;
}

/// Numbers that an input of tokens may have: rows of the smallest table that they are looked up in.
std::uint64_t vocabulary(const Network& network, std::size_t input) {
    std::uint64_t rows = max_dimension;
    for (const auto& layer : network.layers)
        for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
            if (layer.inputs[k] != input) continue;
            if (const auto* table = std::get_if<Embedding>(&layer.op)) rows = std::min(rows, table->entries);
            if (std::holds_alternative<Gather>(layer.op) && k == 1)
                rows = std::min(rows, network.layers[layer.inputs[0]].outputs[layer.input_slots[0]][0]);
        }
    return rows;
}

/// Bytes that a forward and backward pass keeps: weights with their slopes, outputs with theirs, scores of attention.
double bytes_of(const Network& network, std::uint64_t samples) {
    double weights = 0, activations = 0;
    for (const auto& layer : network.layers) {
        weights += static_cast<double>(layer.parameters);
        for (const auto& shape : layer.outputs) activations += static_cast<double>(elements(shape));
        if (const auto* attention = std::get_if<Attention>(&layer.op)) {
            const auto& q = network.layers[layer.inputs[0]].outputs[layer.input_slots[0]];
            const auto& k = network.layers[layer.inputs[1]].outputs[layer.input_slots[1]];
            activations +=
                2.0 * static_cast<double>(attention->heads * q[0]) * static_cast<double>(k[0] + attention->cache);
        }
    }
    return 4 * (3 * weights + 2 * activations * static_cast<double>(samples));
}

}  // namespace

void expect_room(const Network& network, std::uint64_t samples) {
    const double bytes = bytes_of(network, samples);
    if (bytes > most_bytes)
        throw core::Error(fmt::format("{} sample{} need{} {:.0f} GiB, at most 8 are used; ask for fewer samples",
                                      samples, samples == 1 ? "" : "s", samples == 1 ? "s" : "",
                                      std::ceil(bytes / (1 << 30))));
}

bool is_entry(const Network& network, std::size_t layer) {
    const auto& op = network.layers[layer].op;
    if (std::holds_alternative<Input>(op)) return !is_tokens(network.layers[layer]);
    return std::holds_alternative<Embedding>(op);
}

Batch noise(const Network& network, std::int64_t samples, std::uint64_t seed) {
    Batch batch;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const auto& layer = network.layers[i];
        if (!std::holds_alternative<Input>(layer.op)) continue;
        core::Stream random(seed, "batch", i);
        std::vector<std::int64_t> shape{samples};
        for (const auto size : layer.outputs[0]) shape.push_back(static_cast<std::int64_t>(size));
        batch.inputs.push_back(is_tokens(layer) ? below(shape, vocabulary(network, i), random) : normal(shape, random));
    }
    core::Stream random(seed, "classes");
    batch.classes = below({samples}, max_dimension, random);
    return batch;
}

}  // namespace dyad::arch_space::torch
