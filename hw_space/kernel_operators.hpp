// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace dyad::hw_space {

/// What a unit may accept: operators of network files that are work, then those of kernels without a layer: the rest of
/// a split one, and the two of `dyad map`.
inline constexpr std::string_view kernel_operators[] = {
    "conv",
    "depthwise_conv",
    "linear",
    "matmul",
    "attention",
    "pool",
    "batch_norm",
    "layer_norm",
    "group_norm",
    "relu",
    "relu6",
    "leaky_relu",
    "prelu",
    "hardswish",
    "swish",
    "hardsigmoid",
    "sigmoid",
    "gelu",
    "gelu_tanh",
    "tanh",
    "softmax",
    "add",
    "mul",
    "div",
    "concat",
    "split",
    "transpose",
    "resize",
    "embedding",
    "token",
    "position",
    "gather",
    "topk",
    "farthest_point_sampling",
    "ball_query",
    "knn",
    "conv_transpose",
    "epilogue",
    "vector",
    "nest",
};

}  // namespace dyad::hw_space
