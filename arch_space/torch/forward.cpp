// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/forward.hpp"

#include <ATen/ATen.h>
#include <ATen/TracerMode.h>

#include <algorithm>
#include <limits>

#include "arch_space/torch/convolution.hpp"

namespace dyad::arch_space::torch {
namespace {

using Tensors = std::vector<at::Tensor>;

std::int64_t whole(std::uint64_t size) { return static_cast<std::int64_t>(size); }
std::vector<std::int64_t> both(Pair pair) { return {whole(pair.h), whole(pair.w)}; }

/// Rows before and after, columns before and after, as constant_pad_nd wants them. `same` puts the odd one behind.
std::vector<std::int64_t> borders(const Padding& pad, const Shape& in, Pair kernel, Pair stride, Pair dilation) {
    if (!pad.same) return {whole(pad.left), whole(pad.right), whole(pad.top), whole(pad.bottom)};
    const auto total = [](std::uint64_t size, std::uint64_t window, std::uint64_t step, std::uint64_t spread) {
        const auto reach = ((size + step - 1) / step - 1) * step + spread * (window - 1) + 1;
        return whole(reach > size ? reach - size : 0);
    };
    const auto h = total(in[1], kernel.h, stride.h, dilation.h), w = total(in[2], kernel.w, stride.w, dilation.w);
    return {w / 2, w - w / 2, h / 2, h - h / 2};
}

bool even(const std::vector<std::int64_t>& b) { return b[0] == b[1] && b[2] == b[3]; }

at::Tensor of(const Conv& c, const Call& call) {
    const auto& [layer, shapes, in, w, pass] = call;
    if (c.transposed) {
        const auto b = borders(c.pad, shapes[0], c.kernel, c.stride, c.dilation);
        const auto full = at::conv_transpose2d(in[0], w.weight, w.bias, both(c.stride), {0, 0}, both(c.output_padding),
                                               whole(c.groups), both(c.dilation));
        const auto rows = whole(layer.outputs[0][1]), cols = whole(layer.outputs[0][2]);
        return full.narrow(2, c.pad.same ? 0 : b[2], rows).narrow(3, c.pad.same ? 0 : b[0], cols);
    }
    const auto b = borders(c.pad, shapes[0], c.kernel, c.stride, c.dilation);
    const bool inside = even(b);
    const auto x = inside ? in[0] : at::constant_pad_nd(in[0], b),
               kernel = pass.laid_out ? w.weight : channels_last(w.weight);
    const Window window{both(c.stride),
                        inside ? std::vector<std::int64_t>{b[2], b[0]} : std::vector<std::int64_t>{0, 0},
                        both(c.dilation), whole(c.groups)};
    if (!pass.twice)
        return at::conv2d(x, kernel, w.bias, window.stride, window.padding, window.dilation, window.groups);
    const auto result = convolution(x, kernel, window);
    return w.bias.defined() ? result + w.bias.reshape({1, -1, 1, 1}) : result;
}

at::Tensor of(const Linear&, const Call& call) {
    return at::linear(call.in[0], call.weights.weight, call.weights.bias);
}

at::Tensor of(const MatMul& m, const Call& call) {
    const auto& in = call.in;
    return at::matmul(m.transpose_left ? in[0].transpose(-1, -2) : in[0],
                      m.transpose_right ? in[1].transpose(-1, -2) : in[1]);
}

/// What padding and a rounded-up size add does not count in an average, and is never the largest.
at::Tensor window_pool(const Pool& p, const Call& call) {
    auto b = borders(p.pad, call.shapes[0], p.kernel, p.stride, {1, 1});
    const auto& out = call.layer.outputs[0];
    const auto kernel = both(p.kernel), stride = both(p.stride);
    const bool small = 2 * b[2] <= kernel[0] && 2 * b[0] <= kernel[1];  // what ATen takes as padding of its own
    if (p.kind == Pool::Kind::average && even(b) && small && !p.ceil)
        return at::avg_pool2d(call.in[0], kernel, stride, {b[2], b[0]}, false, false);
    const auto reach = [](std::uint64_t steps, std::uint64_t step, std::uint64_t window) {
        return whole((steps - 1) * step + window);
    };
    b[1] = std::max(b[1], reach(out[2], p.stride.w, p.kernel.w) - whole(call.shapes[0][2]) - b[0]);
    b[3] = std::max(b[3], reach(out[1], p.stride.h, p.kernel.h) - whole(call.shapes[0][1]) - b[2]);
    if (p.kind == Pool::Kind::max)
        return at::max_pool2d(at::constant_pad_nd(call.in[0], b, -std::numeric_limits<float>::infinity()), kernel,
                              stride);
    const auto mean = [&](const at::Tensor& x) { return at::avg_pool2d(at::constant_pad_nd(x, b), kernel, stride); };
    return mean(call.in[0]) / mean(at::ones_like(call.in[0].narrow(0, 0, 1)).detach());
}

at::Tensor of(const Pool& p, const Call& call) {
    const auto& x = call.in[0];
    const bool max = p.kind == Pool::Kind::max;
    if (p.global && x.dim() == 3) return max ? x.amax({1}) : x.mean({1});
    if (p.global) return max ? x.amax({2, 3}, true) : x.mean({2, 3}, true);
    if (p.output.h == 0) return window_pool(p, call);
    return max ? std::get<0>(at::adaptive_max_pool2d(x, both(p.output))) : at::adaptive_avg_pool2d(x, both(p.output));
}

/// Channels last for all but images, whose channels come second.
at::Tensor of(const Normalisation& n, const Call& call) {
    const auto& [layer, shapes, in, w, pass] = call;
    if (pass.linear) return in[0];
    const bool image = shapes[0].size() == 3;
    const auto last = [&](const at::Tensor& x) { return image ? x.movedim(1, -1) : x; };
    const auto back = [&](const at::Tensor& x) { return image ? x.movedim(-1, 1) : x; };
    if (n.kind == Normalisation::Kind::layer)
        return back(at::layer_norm(last(in[0]), {w.weight.size(0)}, w.weight, w.bias));
    const bool sequence = shapes[0].size() == 2;
    const auto x = sequence ? in[0].movedim(2, 1) : in[0];
    const auto y = n.kind == Normalisation::Kind::group
                       ? at::group_norm(x, whole(n.groups), w.weight, w.bias)
                       : at::batch_norm(x, w.weight, w.bias, w.mean, w.variance, pass.norm == Norm::batch,
                                        pass.momentum, 1e-5, false);
    return sequence ? y.movedim(1, 2) : y;
}

/// A slope per channel; ATen takes them second.
at::Tensor sloped(const at::Tensor& x, const Call& call) {
    if (call.shapes[0].size() != 2) return at::prelu(x, call.weights.weight);
    return at::prelu(x.movedim(2, 1), call.weights.weight).movedim(1, 2);
}

at::Tensor elementary(Activation::Kind kind, const at::Tensor& x) {
    using Kind = Activation::Kind;
    constexpr double small = 1e-6;  // roots and logarithms of nothing less
    switch (kind) {
        case Kind::hardtanh:
            return at::clamp(x, -1, 1);
        case Kind::elu:
            return at::elu(x);
        case Kind::selu:
            return at::selu(x);
        case Kind::softplus:
            return at::softplus(x);
        case Kind::softsign:
            return x / (1 + x.abs());
        case Kind::mish:
            return at::mish(x);
        case Kind::exp:
            return at::exp(x);
        case Kind::log:
            return at::log(at::clamp_min(x, small));
        case Kind::sqrt:
            return at::sqrt(at::clamp_min(x, small));
        case Kind::reciprocal:
            return at::reciprocal(x);
        case Kind::abs:
            return at::abs(x);
        default:
            return at::sin(x);
    }
}

at::Tensor of(const Activation& a, const Call& call) {
    const auto& x = call.in[0];
    switch (a.kind) {
        case Activation::Kind::relu:
            return at::relu(x);
        case Activation::Kind::relu6:
            return call.pass.linear ? at::relu(x) : at::hardtanh(x, 0, 6);
        case Activation::Kind::leaky_relu:
            return at::leaky_relu(x, 0.2);
        case Activation::Kind::prelu:
            return sloped(x, call);
        case Activation::Kind::hardswish:
            return x * at::hardtanh(x + 3, 0, 6) / 6;
        case Activation::Kind::hardsigmoid:
            return at::hardtanh(x + 3, 0, 6) / 6;
        case Activation::Kind::swish:
            return x * at::sigmoid(x);
        case Activation::Kind::gelu:
            return at::gelu(x);
        case Activation::Kind::gelu_tanh:
            return at::gelu(x, "tanh");
        case Activation::Kind::sigmoid:
            return at::sigmoid(x);
        case Activation::Kind::tanh:
            return call.pass.linear ? x : at::tanh(x);
        default:
            return call.pass.linear ? x : elementary(a.kind, x);
    }
}

at::Tensor joined(Elementwise::Kind kind, const at::Tensor& a, const at::Tensor& b) {
    using Kind = Elementwise::Kind;
    switch (kind) {
        case Kind::add:
            return a + b;
        case Kind::mul:
            return a * b;
        case Kind::div:
            return a / b;
        case Kind::max:
            return at::maximum(a, b);
        default:
            return at::gt(a, b).to(a.scalar_type());
    }
}

at::Tensor of(const Elementwise& e, const Call& call) {
    if (e.kind == Elementwise::Kind::select) return at::where(call.in[0] != 0, call.in[1], call.in[2]);
    auto result = call.in[0];
    for (std::size_t i = 1; i < call.in.size(); ++i) result = joined(e.kind, result, call.in[i]);
    return result;
}

at::Tensor of(const Table& t, const Call& call) {
    const auto& table = call.weights.weight;
    return t.kind == Table::Kind::scale ? call.in[0] * table : call.in[0] + table;
}

at::Tensor of(const Softmax& s, const Call& call) {
    const auto x = call.pass.linear ? at::zeros_like(call.in[0]).detach() : call.in[0];
    return s.log ? at::log_softmax(x, -1) : at::softmax(x, -1);
}
at::Tensor of(const Concat& c, const Call& call) { return at::cat(call.in, whole(c.axis) + 1); }

at::Tensor of(const Reshape&, const Call& call) {
    std::vector<std::int64_t> shape{call.in[0].size(0)};
    for (const auto size : call.layer.outputs[0]) shape.push_back(whole(size));
    return call.in[0].reshape(shape);
}

at::Tensor of(const Transpose& t, const Call& call) {
    std::vector<std::int64_t> order{0};
    for (const auto axis : t.order) order.push_back(whole(axis) + 1);
    return call.in[0].permute(order);
}

at::Tensor of(const Resize& r, const Call& call) {
    const std::vector<std::int64_t> size{whole(call.layer.outputs[0][1]), whole(call.layer.outputs[0][2])};
    return r.mode == Resize::Mode::nearest ? at::upsample_nearest2d(call.in[0], size)
                                           : at::upsample_bilinear2d(call.in[0], size, false);
}

at::Tensor of(const Embedding&, const Call& call) { return at::embedding(call.weights.weight, call.in[0]); }

at::Tensor of(const Token&, const Call& call) {
    const auto& token = call.weights.weight;
    return at::cat({token.unsqueeze(0).expand({call.in[0].size(0), token.size(0), token.size(1)}), call.in[0]}, 1);
}

at::Tensor of(const Position&, const Call& call) {
    return call.in[0] + call.weights.weight.narrow(0, 0, call.in[0].size(1));
}

/// No operator where the network is saved as a script (profile/script.hpp).
at::Tensor constant(const std::vector<std::int64_t>& values) {
    const at::tracer::impl::NoTracerDispatchMode unseen;
    return at::tensor(values, at::kLong);
}

at::Tensor of(const Gather& g, const Call& call) {
    if (g.indices.empty()) return at::stack({call.in[0].index_select(1, call.in[1].reshape({-1}).to(at::kLong))});
    const std::vector<std::int64_t> indices(g.indices.begin(), g.indices.end());
    return call.in[0].index_select(1, constant(indices));
}

at::Tensor of(const Attention& a, const Call& call) { return attend(a, call); }
at::Tensor of(const FarthestPointSampling& s, const Call& call) { return sample_farthest(s, call.in[0]); }
at::Tensor of(const Grouping& g, const Call& call) { return group(g, call); }
at::Tensor of(const Zero&, const Call& call) {
    std::vector<std::int64_t> shape{call.in[0].size(0)};
    for (const auto size : call.layer.outputs[0]) shape.push_back(whole(size));
    return call.in[0].new_zeros(shape);
}
at::Tensor of(const Input&, const Call& call) { return call.in.at(0); }

Tensors outputs(const Split& s, const Call& call) {
    std::vector<std::int64_t> sizes;
    for (const auto& shape : call.layer.outputs) sizes.push_back(whole(shape[s.axis]));
    return at::split_with_sizes(call.in[0], sizes, whole(s.axis) + 1);
}
Tensors outputs(const TopK& t, const Call& call) {
    const auto [values, places] = at::topk(call.in[0], whole(t.count));
    return {values, places.to(values.scalar_type())};
}
template <class Op>
Tensors outputs(const Op& op, const Call& call) {
    return {of(op, call)};
}

}  // namespace

at::Tensor channels_last(const at::Tensor& kernel) {
    return kernel.scalar_type() == at::kFloat ? kernel.clone(at::MemoryFormat::ChannelsLast) : kernel;
}

std::vector<at::Tensor> compute(const Call& call) {
    return std::visit([&](const auto& op) { return outputs(op, call); }, call.layer.op);
}

}  // namespace dyad::arch_space::torch
