// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "arch_space/blocks/blocks.hpp"
#include "arch_space/blocks/common.hpp"
#include "arch_space/parse/fields.hpp"

namespace dyad::arch_space {
namespace {

const After relu{{}, Activation{Activation::Kind::relu}};

Conv biased(Conv conv) {
    conv.bias = true;
    return conv;
}

Ref through(Builder& builder, const Refs& inputs, bool) { return only_input(builder, inputs); }

struct Inception {
    std::uint64_t conv1, reduce3, conv3, reduce5, conv5, pool, kernel5;
    After after;
};

Ref add_inception(Builder& b, const Inception& i, Ref in) {
    const auto conv = [&](Ref from, std::uint64_t out, std::uint64_t kernel, const char* part) {
        auto op = square_conv(out, kernel);
        op.bias = !i.after.norm;
        return add_with(b, op, {from}, part, i.after);
    };
    const auto one = conv(in, i.conv1, 1, "conv1");
    const auto three = conv(conv(in, i.reduce3, 1, "reduce3"), i.conv3, 3, "conv3");
    const auto five = conv(conv(in, i.reduce5, 1, "reduce5"), i.conv5, i.kernel5, "conv5");
    const auto window =
        Pool{.kind = Pool::Kind::max, .kernel = {3, 3}, .stride = {1, 1}, .pad = {1, 1, 1, 1}, .ceil = true};
    const auto pooled = conv(b.add(window, {in}, "pool"), i.pool, 1, "pool_conv");
    return b.add(Concat{0}, {one, three, five, pooled}, "concat");
}

struct DoubleConv {
    std::uint64_t out;
    After after;
};

DoubleConv parse_double(core::Object& o) {
    return {required_size(o, "out", "output channels"), {norm(o), activation(o, Activation::Kind::relu)}};
}

Ref add_double(Builder& builder, const DoubleConv& d, Ref in) {
    auto op = square_conv(d.out, 3);
    op.bias = !d.after.norm;
    const auto ref = add_with(builder, op, {in}, "conv1", d.after);
    return add_with(builder, op, {ref}, "conv2", d.after);
}

}  // namespace

Expansion parse_identity(core::Object&) { return through; }

Expansion parse_fire(core::Object& o) {
    const auto squeeze = required_size(o, "squeeze"), one = required_size(o, "expand1"),
               three = required_size(o, "expand3");
    return [=](Builder& builder, const Refs& inputs, bool) {
        const auto in = only_input(builder, inputs);
        const auto squeezed = add_with(builder, biased(square_conv(squeeze)), {in}, "squeeze", relu);
        const auto left = add_with(builder, biased(square_conv(one)), {squeezed}, "expand1", relu);
        const auto right = add_with(builder, biased(square_conv(three, 3)), {squeezed}, "expand3", relu);
        return builder.add(Concat{0}, {left, right}, "concat");
    };
}

Expansion parse_inception(core::Object& o) {
    const Inception i{.conv1 = required_size(o, "conv1"),
                      .reduce3 = required_size(o, "reduce3"),
                      .conv3 = required_size(o, "conv3"),
                      .reduce5 = required_size(o, "reduce5"),
                      .conv5 = required_size(o, "conv5"),
                      .pool = required_size(o, "pool"),
                      .kernel5 = size(o, "kernel5", 5),
                      .after = {norm(o, Normalisation{}), relu.activation}};
    return [i](Builder& builder, const Refs& inputs, bool) {
        return add_inception(builder, i, only_input(builder, inputs));
    };
}

Expansion parse_double_conv(core::Object& o) {
    return [d = parse_double(o)](Builder& builder, const Refs& inputs, bool) {
        return add_double(builder, d, only_input(builder, inputs));
    };
}

Expansion parse_unet_down(core::Object& o) {
    return [d = parse_double(o)](Builder& builder, const Refs& inputs, bool) {
        const Pool half{.kind = Pool::Kind::max, .kernel = {2, 2}, .stride = {2, 2}};
        return add_double(builder, d, builder.add(half, {only_input(builder, inputs)}, "pool"));
    };
}

Expansion parse_unet_up(core::Object& o) {
    return [d = parse_double(o)](Builder& builder, const Refs& inputs, bool) {
        if (inputs.size() != 2)
            return builder.fail(fmt::format("takes 2 inputs, [below, skip], found {}", inputs.size()));
        auto up = square_conv(d.out, 2, 2);
        up.transposed = up.bias = true;
        const auto raised = builder.add(up, {inputs[0]}, "up");
        return add_double(builder, d, builder.add(Concat{0}, {inputs[1], raised}, "concat"));
    };
}

}  // namespace dyad::arch_space
