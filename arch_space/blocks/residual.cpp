// SPDX-License-Identifier: Apache-2.0
#include "arch_space/blocks/blocks.hpp"
#include "arch_space/blocks/common.hpp"
#include "arch_space/parse/fields.hpp"

namespace dyad::arch_space {
namespace {

constexpr Normalisation batch_norm{Normalisation::Kind::batch};

/// The input, through a 1x1 convolution where the shape changes.
Ref shortcut(Builder& builder, Ref in, std::uint64_t out, std::uint64_t stride) {
    if (stride == 1 && channels(builder, in) == out) return in;
    return add_with(builder, square_conv(out, 1, stride), {in}, "shortcut", {batch_norm, {}});
}

}  // namespace

Expansion parse_basic_block(core::Object& o) {
    const auto out = required_size(o, "out", "output channels");
    const auto stride = size(o, "stride", 1);
    const auto act = activation(o, Activation::Kind::relu);
    return [=](Builder& builder, const Refs& inputs, bool first) {
        const auto in = only_input(builder, inputs);
        const auto step = first ? stride : 1;
        auto ref = add_with(builder, square_conv(out, 3, step), {in}, "conv1", {batch_norm, act});
        ref = add_with(builder, square_conv(out, 3), {ref}, "conv2", {batch_norm, {}});
        return add_sum(builder, ref, shortcut(builder, in, out, step), act);
    };
}

Expansion parse_bottleneck(core::Object& o) {
    const auto out = required_size(o, "out", "output channels");
    const auto stride = size(o, "stride", 1);
    const auto width = size(o, "width", std::max<std::uint64_t>(1, out / 4));
    const auto groups = size(o, "groups", 1);
    const auto act = activation(o, Activation::Kind::relu);
    return [=](Builder& builder, const Refs& inputs, bool first) {
        const auto in = only_input(builder, inputs);
        const auto step = first ? stride : 1;
        auto ref = add_with(builder, square_conv(width), {in}, "conv1", {batch_norm, act});
        ref = add_with(builder, square_conv(width, 3, step, groups), {ref}, "conv2", {batch_norm, act});
        ref = add_with(builder, square_conv(out), {ref}, "conv3", {batch_norm, {}});
        return add_sum(builder, ref, shortcut(builder, in, out, step), act);
    };
}

}  // namespace dyad::arch_space
