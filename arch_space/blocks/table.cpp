// SPDX-License-Identifier: Apache-2.0
#include "arch_space/blocks/blocks.hpp"
#include "arch_space/parse/operators.hpp"

namespace dyad::arch_space {
namespace {

constexpr BlockEntry table[] = {
    {"identity", parse_identity},
    {"basic_block", parse_basic_block},
    {"bottleneck", parse_bottleneck},
    {"separable_conv", parse_separable_conv},
    {"inverted_residual", parse_inverted_residual},
    {"mbconv", parse_inverted_residual},
    {"fused_mbconv", parse_fused_mbconv},
    {"squeeze_excite", parse_squeeze_excite},
    {"fire", parse_fire},
    {"inception", parse_inception},
    {"double_conv", parse_double_conv},
    {"unet_down", parse_unet_down},
    {"unet_up", parse_unet_up},
    {"attention", parse_attention},
    {"feed_forward", parse_feed_forward},
    {"transformer_encoder", parse_transformer_encoder},
    {"transformer_decoder", parse_transformer_decoder},
};

}  // namespace

std::span<const BlockEntry> block_table() { return table; }

}  // namespace dyad::arch_space
