// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>

#include "arch_space/builder.hpp"

namespace dyad::arch_space {

/// What follows a convolution or linear layer in a block.
struct After {
    std::optional<Normalisation> norm;
    std::optional<Activation> activation;
};

/// A convolution with a square window, no bias and padding that keeps the size at stride 1.
[[nodiscard]] Conv square_conv(std::uint64_t out, std::uint64_t kernel = 1, std::uint64_t stride = 1,
                               std::uint64_t groups = 1);
/// The convolution with a group per channel.
[[nodiscard]] Conv depthwise(std::uint64_t kernel, std::uint64_t stride);

/// Adds `op` and what follows it as `part`, `part.norm`, `part.<activation>`.
Ref add_with(Builder& builder, const Operator& op, const Refs& inputs, const std::string& part, const After& after,
             const std::string& tied = "");
/// Sum of two branches, then an activation if there is one.
Ref add_sum(Builder& builder, Ref left, Ref right, const std::optional<Activation>& activation = {});
/// The only input of a block; an error and an invalid reference when there are more or none.
[[nodiscard]] Ref only_input(Builder& builder, const Refs& inputs);
/// Channels of an image; 1 for an invalid reference; an error when it is no image.
[[nodiscard]] std::uint64_t channels(Builder& builder, Ref ref);

/// Rounds to a multiple of `divisor`, at least `divisor`, never down by more than 10 % (Sandler et al. 2018, the
/// published code's `_make_divisible`).
[[nodiscard]] std::uint64_t round_channels(double wanted, std::uint64_t divisor);

}  // namespace dyad::arch_space
