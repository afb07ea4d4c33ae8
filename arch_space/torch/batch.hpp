// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "arch_space/network.hpp"

namespace dyad::arch_space::torch {

/// Samples: inputs {n, shape ...}, one a network input, and their classes {n}, whole numbers.
struct Batch {
    std::vector<at::Tensor> inputs;
    at::Tensor classes;
};

/// Standard normal images and points, tokens uniform over their table, classes uniform over all numbers a network may
/// have: what scores are taken on where no data set is given.
[[nodiscard]] Batch noise(const Network& network, std::int64_t samples, std::uint64_t seed);

/// Whether real numbers enter the network at this layer: an input of them, or the table that looks up tokens.
[[nodiscard]] bool is_entry(const Network& network, std::size_t layer);

/// Throws core::Error for a network that needs more than 8 GiB to learn from a batch of `samples`.
void expect_room(const Network& network, std::uint64_t samples);

}  // namespace dyad::arch_space::torch
