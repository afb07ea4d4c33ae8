// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/model.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>

#include "arch_space/torch/draw.hpp"
#include "arch_space/torch/forward.hpp"
#include "core/random.hpp"

namespace dyad::arch_space::torch {
namespace {

std::int64_t signed_size(std::uint64_t size) { return static_cast<std::int64_t>(size); }

class Initialiser {
public:
    Initialiser(std::optional<std::uint64_t> seed, std::uint64_t layer) {
        if (seed) random_.emplace(*seed, "weights", layer);
    }

    Model::Weights operator()(const Layer& layer, const Shapes& in) {
        return std::visit([&](const auto& op) { return of(op, in); }, layer.op);
    }

private:
    template <class Op>
    Model::Weights of(const Op&, const Shapes&) {
        return {};
    }
    Model::Weights of(const Conv& c, const Shapes& in) {
        const auto channels = in[0][0];
        const auto first = c.transposed ? channels : c.out, second = (c.transposed ? c.out : channels) / c.groups;
        return within({first, second, c.kernel.h, c.kernel.w}, second * c.kernel.h * c.kernel.w, c.bias ? c.out : 0);
    }
    Model::Weights of(const Linear& l, const Shapes& in) {
        return within({l.out, in[0].back()}, in[0].back(), l.bias ? l.out : 0);
    }
    Model::Weights of(const Normalisation& n, const Shapes& in) {
        const auto channels = signed_size(in[0][channel_axis(in[0])]);
        Model::Weights result{at::ones({channels}), at::zeros({channels}), {}, {}};
        if (n.kind == Normalisation::Kind::batch) {
            result.mean = at::zeros({channels});
            result.variance = at::ones({channels});
        }
        return result;
    }
    Model::Weights of(const Activation& a, const Shapes& in) {
        if (a.kind != Activation::Kind::prelu) return {};
        return {at::full({signed_size(a.parameters(in))}, 0.25), {}, {}, {}};
    }
    Model::Weights of(const Table& t, const Shapes&) {
        const std::vector<std::int64_t> sizes(t.shape.begin(), t.shape.end());
        return {t.kind == Table::Kind::scale ? at::ones(sizes) : at::zeros(sizes), {}, {}, {}};
    }
    Model::Weights of(const Embedding& e, const Shapes&) { return table(e.entries, e.width); }
    Model::Weights of(const Token& t, const Shapes& in) { return table(t.count, in[0][1]); }
    Model::Weights of(const Position& p, const Shapes& in) {
        return table(p.entries != 0 ? p.entries : in[0][0], in[0][1]);
    }

    Model::Weights table(std::uint64_t rows, std::uint64_t width) {
        const std::vector<std::int64_t> sizes{signed_size(rows), signed_size(width)};
        return {random_ ? normal(sizes, *random_) : at::zeros(sizes), {}, {}, {}};
    }
    /// PyTorch's kaiming_uniform_(a = sqrt(5)) is uniform within 1 / sqrt(fan in), and so is its bias.
    Model::Weights within(const Shape& shape, std::uint64_t fan_in, std::uint64_t bias) {
        const double bound = 1 / std::sqrt(static_cast<double>(fan_in));
        const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
        const auto draw = [&](at::IntArrayRef size) {
            return random_ ? torch::uniform(size, bound, *random_) : at::zeros(size);
        };
        Model::Weights result{draw(sizes), {}, {}, {}};
        if (bias != 0) result.bias = draw({signed_size(bias)});
        return result;
    }

    std::optional<core::Stream> random_;
};

Shapes input_shapes(const Network& network, const Layer& layer) {
    Shapes in;
    for (std::size_t k = 0; k < layer.inputs.size(); ++k)
        in.push_back(network.layers[layer.inputs[k]].outputs[layer.input_slots[k]]);
    return in;
}

std::size_t owner_of(const Network& network, const Layer& layer) {
    for (std::size_t i = 0; i < network.layers.size(); ++i)
        if (network.layers[i].name == layer.shares) return i;
    throw std::logic_error("a layer shares the weights of none");
}

/// Steps on either side of zero: the largest value is the last one. Nothing of a format that is not rounded here.
std::optional<std::int64_t> steps_of(core::Precision precision) {
    if (precision > core::Precision::int16) return std::nullopt;
    return (std::int64_t{1} << (core::bits(precision) - 1)) - 1;
}

/// To whole numbers of steps; the gradient passes unchanged. ATen's own is some times slower.
at::Tensor rounded(const at::Tensor& value, const at::Tensor& step, std::int64_t steps) {
    const auto plain = value.detach();
    const auto change = plain.div(step).round_().clamp_(-steps, steps).mul_(step).sub_(plain);
    return value + change;
}

/// The same with one step for all, in one pass.
at::Tensor rounded(const at::Tensor& value, float step, std::int64_t steps) {
    const auto plain = value.detach().contiguous(value.suggest_memory_format());
    auto change = at::empty_like(plain);
    const auto* from = plain.data_ptr<float>();
    auto* to = change.data_ptr<float>();
    const auto most = static_cast<float>(steps);
    constexpr float whole = 0x1.8p23F;  // to which a sum is rounded to even, at most 2^22
    for (std::int64_t i = 0; i < plain.numel(); ++i)
        to[i] = ((std::clamp(from[i] / step, -most, most) + whole) - whole) * step - from[i];
    return value + change;
}

/// A step for each output channel.
at::Tensor rounded_kernel(const at::Tensor& weight, core::Precision precision) {
    const auto steps = steps_of(precision);
    if (!steps) return weight;
    std::vector<std::int64_t> rest;
    for (std::int64_t axis = 1; axis < weight.dim(); ++axis) rest.push_back(axis);
    const auto largest = weight.detach().abs().amax(rest, true).clamp_min(1e-12);
    return rounded(weight, largest / static_cast<double>(*steps), *steps);
}

at::Tensor magnitude(const at::Tensor& value) {
    const auto [least, most] = at::aminmax(value.detach());
    return at::maximum(-least, most);
}

/// A step for all: of the range of the batches seen before, or else of this one.
at::Tensor rounded_input(const at::Tensor& value, core::Precision precision, at::Tensor& range,
                         const Model::Pass& pass) {
    const auto steps = steps_of(precision);
    if (!steps) return value;
    auto largest = range;
    if (pass.norm == Norm::batch || !range.defined()) largest = magnitude(value);
    if (pass.norm == Norm::batch) range = range.defined() ? at::lerp(range, largest, pass.momentum) : largest;
    return rounded(value, std::max(largest.item<float>(), 1e-12F) / static_cast<float>(*steps), *steps);
}

}  // namespace

Model::Model(const Network& network, std::optional<std::uint64_t> seed) : network_(&network), seed_(seed.value_or(0)) {
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const auto& layer = network.layers[i];
        owners_.push_back(layer.shares.empty() ? i : owner_of(network, layer));
        weights_.push_back(layer.shares.empty() ? Initialiser(seed, i)(layer, input_shapes(network, layer))
                                                : Weights{});
    }
}

std::vector<at::Tensor> Model::learned() const {
    std::vector<at::Tensor> all;
    for (const auto& w : weights_)
        for (const auto& tensor : {w.weight, w.bias})
            if (tensor.defined()) all.push_back(tensor);
    return all;
}

bool Model::has_kernel(std::size_t layer) const {
    const auto& op = network_->layers[layer].op;
    return std::holds_alternative<Conv>(op) || std::holds_alternative<Linear>(op);
}

std::vector<at::Tensor> Model::kernels() const {
    std::vector<at::Tensor> all;
    for (std::size_t i = 0; i < weights_.size(); ++i)
        if (has_kernel(i) && weights_[i].weight.defined()) all.push_back(weights_[i].weight);
    return all;
}

namespace {

bool squashes(const Operator& op) {
    const auto* activation = std::get_if<Activation>(&op);
    return std::holds_alternative<Softmax>(op) ||
           (activation != nullptr &&
            (activation->kind == Activation::Kind::sigmoid || activation->kind == Activation::Kind::hardsigmoid));
}

}  // namespace

void Model::lay_out() {
    for (std::size_t i = 0; i < weights_.size(); ++i) {
        const auto* conv = std::get_if<Conv>(&network_->layers[i].op);
        auto& kernel = weights_[i].weight;
        if (conv && !conv->transposed && kernel.defined()) kernel = channels_last(kernel);
    }
}

at::Tensor Model::forward(const std::vector<at::Tensor>& inputs, const Pass& pass) {
    std::vector<std::vector<at::Tensor>> values(network_->layers.size());
    std::size_t next_input = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto& layer = network_->layers[i];
        std::vector<at::Tensor> in;
        for (std::size_t k = 0; k < layer.inputs.size(); ++k)
            in.push_back(values[layer.inputs[k]][layer.input_slots[k]]);
        if (std::holds_alternative<Input>(layer.op)) in.push_back(inputs.at(next_input++));
        auto weights = weights_[owners_[i]];
        if (pass.quantised && has_kernel(i)) {
            weights.weight = rounded_kernel(weights.weight, layer.weights);
            in[0] = rounded_input(in[0], layer.activations, weights_[i].range, pass);
        }
        const bool open_end = pass.linear && i + 1 == values.size() && squashes(layer.op);
        values[i] = open_end ? in : compute({layer, input_shapes(*network_, layer), in, weights, pass});
        if (pass.watch) values[i][0] = pass.watch(i, values[i][0]);
    }
    return values.back().at(0);
}

}  // namespace dyad::arch_space::torch
