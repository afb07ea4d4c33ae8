// SPDX-License-Identifier: Apache-2.0
#include "arch_space/blocks/common.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dyad::arch_space {

Conv square_conv(std::uint64_t out, std::uint64_t kernel, std::uint64_t stride, std::uint64_t groups) {
    const auto pad = (kernel - 1) / 2;
    Conv conv;
    conv.out = out;
    conv.kernel = {kernel, kernel};
    conv.stride = {stride, stride};
    conv.pad = {pad, pad, pad, pad};
    conv.groups = groups;
    conv.bias = false;
    return conv;
}

Conv depthwise(std::uint64_t kernel, std::uint64_t stride) { return square_conv(0, kernel, stride, 0); }

Ref add_with(Builder& builder, const Operator& op, const Refs& inputs, const std::string& part, const After& after,
             const std::string& tied) {
    auto ref = builder.add(op, inputs, part, tied);
    const auto prefix = part.empty() ? part : part + ".";
    if (after.norm) ref = builder.add(*after.norm, {ref}, prefix + "norm");
    if (after.activation)
        ref = builder.add(*after.activation, {ref}, prefix + std::string(name(*after.activation, {})));
    return ref;
}

Ref add_sum(Builder& builder, Ref left, Ref right, const std::optional<Activation>& activation) {
    const auto sum = builder.add(Elementwise{Elementwise::Kind::add}, {left, right}, "add");
    return activation ? builder.add(*activation, {sum}, name(*activation, {})) : sum;
}

Ref only_input(Builder& builder, const Refs& inputs) {
    if (inputs.size() == 1) return inputs[0];
    return builder.fail(fmt::format("takes 1 input, found {}", inputs.size()));
}

std::uint64_t channels(Builder& builder, Ref ref) {
    if (!ref.valid()) return 1;
    const auto& shape = builder.shape(ref);
    if (shape.size() == 3) return shape[0];
    builder.fail("expects an image {channels, height, width}, found " + to_text(shape));
    return 1;
}

std::uint64_t round_channels(double wanted, std::uint64_t divisor) {
    const auto step = static_cast<double>(divisor);
    const auto multiple = std::max(divisor, static_cast<std::uint64_t>((wanted + step / 2) / step) * divisor);
    return static_cast<double>(multiple) < 0.9 * wanted ? multiple + divisor : multiple;
}

}  // namespace dyad::arch_space
