// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/builder.hpp"

namespace dyad::arch_space {

// Each reads its keys and gives what adds its operators. The keys stand in the comment, with their defaults.

// branches.cpp: the input itself, the skip of a cell
Expansion parse_identity(core::Object&);

// residual.cpp (He et al. 2016; torchvision's variant, stride on the 3x3)
Expansion parse_basic_block(core::Object&);  ///< out, stride 1, activation relu
Expansion parse_bottleneck(core::Object&);   ///< out, stride 1, width out/4, groups 1, activation relu

// mobile.cpp
Expansion parse_separable_conv(core::Object&);  ///< out, kernel 3, stride 1, activation relu (Howard et al. 2017)
/// out, expand or hidden, kernel 3, stride 1, squeeze_excite false, activation relu6, residual true, divisor 1
Expansion parse_inverted_residual(core::Object&);  // Sandler et al. 2018
Expansion parse_fused_mbconv(core::Object&);       ///< the same keys (Tan & Le 2021)
/// ratio 0.25, of hidden, divisor 8, activation relu, gate hardsigmoid (Hu et al. 2018; Howard et al. 2019)
Expansion parse_squeeze_excite(core::Object&);

// branches.cpp
Expansion parse_fire(core::Object&);  ///< squeeze, expand1, expand3 (Iandola et al. 2016)
/// conv1, reduce3, conv3, reduce5, conv5, pool, kernel5 5, norm batch_norm (Szegedy et al. 2015)
Expansion parse_inception(core::Object&);
Expansion parse_double_conv(core::Object&);  ///< out, norm none, activation relu
Expansion parse_unet_down(core::Object&);    ///< as double_conv, after a 2x2 maximum (Ronneberger et al. 2015)
Expansion parse_unet_up(core::Object&);      ///< as double_conv, from [below, skip]

// transformer.cpp (Vaswani et al. 2017)
/// heads, kv_heads heads, head width/heads, causal false, window, stride, cache 0, bias true, projections true; from
/// [x] or [x, memory], without projections from [queries, keys, values]
Expansion parse_attention(core::Object&);
Expansion parse_feed_forward(core::Object&);  ///< hidden, activation gelu, bias true, gated false
/// the keys of both, norm_first true, activation gelu
Expansion parse_transformer_encoder(core::Object&);
Expansion parse_transformer_decoder(core::Object&);  ///< the same, from [x, memory], causal true

}  // namespace dyad::arch_space
