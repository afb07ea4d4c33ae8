// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "arch_space/blocks/blocks.hpp"
#include "arch_space/blocks/common.hpp"
#include "arch_space/parse/fields.hpp"

namespace dyad::arch_space {
namespace {

constexpr Normalisation batch_norm{Normalisation::Kind::batch};

/// Gate per channel: global average, two 1x1 convolutions, a sigmoid of some kind, product.
struct SqueezeExcite {
    double ratio = 0.25;
    bool of_input = false;  ///< the ratio is of the block's input channels (EfficientNet), else of the gated ones
    std::uint64_t divisor = 8;
    std::optional<Activation> activation = Activation{Activation::Kind::relu};
    Activation gate{Activation::Kind::hardsigmoid};
};

SqueezeExcite parse_se(core::Object& o) {
    SqueezeExcite se;
    se.ratio = number(o, "ratio", se.ratio, 0.001, 16);
    if (const auto of = o.find("of")) se.of_input = of->one_of<bool>({{"hidden", false}, {"input", true}});
    se.divisor = size(o, "divisor", se.divisor);
    se.activation = activation(o, Activation::Kind::relu);
    if (const auto gate = o.find("gate"))
        se.gate.kind = gate->one_of<Activation::Kind>(
            {{"hardsigmoid", Activation::Kind::hardsigmoid}, {"sigmoid", Activation::Kind::sigmoid}});
    return se;
}

/// `squeeze_excite`: true, false or a map.
std::optional<SqueezeExcite> squeeze_excite(core::Object& o) {
    const auto value = o.find("squeeze_excite");
    if (!value) return std::nullopt;
    if (!value->is_map()) return value->flag() ? std::optional(SqueezeExcite{}) : std::nullopt;
    auto map = value->map();
    return parse_se(map);
}

Ref add_se(Builder& builder, Ref in, const SqueezeExcite& se, std::uint64_t block_channels, const std::string& part) {
    const auto gated = channels(builder, in);
    const auto squeezed =
        round_channels(se.ratio * static_cast<double>(se.of_input ? block_channels : gated), se.divisor);
    auto reduce = square_conv(squeezed), expand = square_conv(gated);
    reduce.bias = expand.bias = true;
    auto gate = builder.add(Pool{.kind = Pool::Kind::average, .global = true}, {in}, part + "pool");
    gate = add_with(builder, reduce, {gate}, part + "reduce", {{}, se.activation});
    gate = add_with(builder, expand, {gate}, part + "expand", {{}, se.gate});
    return builder.add(Elementwise{Elementwise::Kind::mul}, {in, gate}, part + "scale");
}

struct Mbconv {
    std::uint64_t out = 0, kernel = 3, stride = 1, hidden = 0, divisor = 1;
    double expand = 1;
    std::optional<SqueezeExcite> se{};
    std::optional<Activation> activation{};
    bool residual = true, fused = false;
};

Mbconv parse_mbconv(core::Object& o, bool fused) {
    Mbconv b{.out = required_size(o, "out", "output channels")};
    b.kernel = size(o, "kernel", 3);
    b.stride = size(o, "stride", 1);
    b.hidden = size(o, "hidden", 0);
    b.expand = number(o, "expand", 1, 0.01, 64);
    b.divisor = size(o, "divisor", 1);
    b.se = squeeze_excite(o);
    b.activation = activation(o, Activation::Kind::relu6);
    b.residual = flag(o, "residual", true);
    b.fused = fused;
    if (b.hidden != 0 && o.find("expand")) o.fail("expected one of expand and hidden");
    return b;
}

/// Expansion and depthwise convolution, or the one convolution of the fused form.
Ref add_spatial(Builder& builder, const Mbconv& b, Ref in, std::uint64_t hidden, std::uint64_t stride) {
    if (b.fused)
        return add_with(builder, square_conv(hidden, b.kernel, stride), {in}, "expand", {batch_norm, b.activation});
    auto ref = in;
    if (hidden != channels(builder, in))
        ref = add_with(builder, square_conv(hidden), {ref}, "expand", {batch_norm, b.activation});
    return add_with(builder, depthwise(b.kernel, stride), {ref}, "depthwise", {batch_norm, b.activation});
}

Ref add_mbconv(Builder& builder, const Mbconv& b, const Refs& inputs, bool first) {
    const auto in = only_input(builder, inputs);
    const auto width = channels(builder, in);
    const auto stride = first ? b.stride : 1;
    const auto hidden = b.hidden != 0 ? b.hidden : round_channels(b.expand * static_cast<double>(width), b.divisor);
    const bool sum = b.residual && stride == 1 && width == b.out;
    auto ref = in;
    if (b.fused && hidden == width) {  // nothing to expand: one convolution does it all
        ref = add_with(builder, square_conv(b.out, b.kernel, stride), {in}, "expand", {batch_norm, b.activation});
    } else {
        ref = add_spatial(builder, b, in, hidden, stride);
        if (b.se) ref = add_se(builder, ref, *b.se, width, "se.");
        ref = add_with(builder, square_conv(b.out), {ref}, "project", {batch_norm, {}});
    }
    return sum ? add_sum(builder, ref, in) : ref;
}

Expansion expansion(const Mbconv& b) {
    return [b](Builder& builder, const Refs& inputs, bool first) { return add_mbconv(builder, b, inputs, first); };
}

}  // namespace

Expansion parse_separable_conv(core::Object& o) {
    const auto out = required_size(o, "out", "output channels");
    const auto kernel = size(o, "kernel", 3), stride = size(o, "stride", 1);
    const auto act = activation(o, Activation::Kind::relu);
    return [=](Builder& builder, const Refs& inputs, bool first) {
        const auto in = only_input(builder, inputs);
        const auto ref = add_with(builder, depthwise(kernel, first ? stride : 1), {in}, "depthwise", {batch_norm, act});
        return add_with(builder, square_conv(out), {ref}, "pointwise", {batch_norm, act});
    };
}

Expansion parse_inverted_residual(core::Object& o) { return expansion(parse_mbconv(o, false)); }
Expansion parse_fused_mbconv(core::Object& o) { return expansion(parse_mbconv(o, true)); }

Expansion parse_squeeze_excite(core::Object& o) {
    const auto se = parse_se(o);
    return [se](Builder& builder, const Refs& inputs, bool) {
        const auto in = only_input(builder, inputs);
        return add_se(builder, in, se, channels(builder, in), "");
    };
}

}  // namespace dyad::arch_space
