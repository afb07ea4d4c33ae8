// SPDX-License-Identifier: Apache-2.0
// Zero-cost proxies as Abdelfattah et al. 2021 ("Zero-Cost Proxies for Lightweight NAS", ICLR) code them, zen as Lin et
// al. 2021 and naswot as Mellor et al. 2021 do.
#include "arch_space/torch/proxies.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "arch_space/torch/draw.hpp"

namespace dyad::arch_space::torch {
namespace {

using Tensors = std::vector<at::Tensor>;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

Tensors gradients(const at::Tensor& of, const Tensors& by, bool graph = false) {
    return ::torch::autograd::grad({of}, by, {}, graph, graph, true);
}

Tensors tracked(Model& model) {
    auto kernels = model.kernels();
    for (auto& kernel : kernels) kernel.set_requires_grad(true);
    return kernels;
}

/// {n, classes}: what a network says of each sample, averaged over positions where it says something of each.
at::Tensor logits(const at::Tensor& output) {
    if (output.dim() == 2) return output;
    return output.dim() == 3 ? output.mean({1}) : output.flatten(2).mean({2});
}

at::Tensor loss(Model& model, const Batch& batch, const Model::Pass& pass = {}) {
    const auto said = logits(model.forward(batch.inputs, pass));
    return at::cross_entropy_loss(said, at::remainder(batch.classes, said.size(1)));
}

double total_of(const at::Tensor& tensor) { return tensor.sum().item<double>(); }

/// Sum over the kernels of what `part` makes of each and its gradient; kernels that do not matter have none.
template <class Part>
double over_kernels(const Tensors& kernels, const Tensors& gradients, Part part) {
    double total = 0;
    for (std::size_t i = 0; i < kernels.size(); ++i)
        if (gradients[i].defined()) total += part(kernels[i].detach(), gradients[i].detach());
    return total;
}

/// Whether a network that is all positive and not normalised gives `s` times as much for `s` times the input and
/// biases.
bool homogeneous(const Network& network) {
    const auto scales = [](const auto& op) {
        using Op = std::decay_t<decltype(op)>;
        if constexpr (std::is_same_v<Op, Activation>)
            return op.kind == Activation::Kind::relu || op.kind == Activation::Kind::relu6 ||
                   op.kind == Activation::Kind::tanh;
        if constexpr (std::is_same_v<Op, Elementwise>) return op.kind == Elementwise::Kind::add;
        return std::is_same_v<Op, Input> || std::is_same_v<Op, Conv> || std::is_same_v<Op, Linear> ||
               std::is_same_v<Op, Pool> || std::is_same_v<Op, Normalisation> || std::is_same_v<Op, Concat> ||
               std::is_same_v<Op, Split> || std::is_same_v<Op, Reshape> || std::is_same_v<Op, Transpose> ||
               std::is_same_v<Op, Resize> || std::is_same_v<Op, Zero>;
    };
    return std::ranges::all_of(network.layers, [&](const Layer& layer) { return std::visit(scales, layer.op); });
}

/// ln of the sum of |w dR/dw| when input, biases and R are `scale` times what they are.
double flow(Model& model, const Batch& batch, at::ScalarType type, double scale) {
    for (auto& w : model.weights()) {
        if (w.weight.defined()) w.weight = w.weight.abs().to(type);
        if (w.bias.defined()) w.bias = w.bias.abs().to(type) * scale;
    }
    const auto kernels = tracked(model);
    const auto ones = [&](std::size_t layer, const at::Tensor& value) {
        return is_entry(model.network(), layer) ? at::full_like(value, scale, value.options().dtype(type)) : value;
    };
    Tensors one;
    for (const auto& input : batch.inputs) one.push_back(input.narrow(0, 0, 1));
    const auto total = model.forward(one, {.linear = true, .watch = ones}).sum() * scale;
    const auto saliency = [](const at::Tensor& w, const at::Tensor& g) { return total_of((w * g).abs()); };
    return std::log(over_kernels(kernels, gradients(total, kernels), saliency)) - 2 * std::log(scale);
}

// ln of the sum of |w dR/dw|, R the output for an input of ones when all weights are positive and nothing is normalised
// (Tanaka et al. 2020). R grows beyond single precision: where it can be scaled, it is; else double precision is used.
double synflow(Model& model, const Batch& batch) {
    const auto original = model.weights();
    if (homogeneous(model.network())) {
        const double score = flow(model, batch, at::kFloat, 0x1p-60);
        if (std::isfinite(score) && score > 20) return score;  // below, single terms come near the smallest numbers
        model.weights() = original;
    }
    return flow(model, batch, at::kDouble, 1);
}

template <class Part>
double of_loss(Model& model, const Batch& batch, Part part) {
    const auto kernels = tracked(model);
    return over_kernels(kernels, gradients(loss(model, batch), kernels), part);
}

double grad_norm(Model& model, const Batch& batch) {
    return of_loss(model, batch, [](const at::Tensor&, const at::Tensor& g) { return g.norm().item<double>(); });
}

double snip(Model& model, const Batch& batch) {
    return of_loss(model, batch, [](const at::Tensor& w, const at::Tensor& g) { return total_of((w * g).abs()); });
}

// Sum of -w (H g), the sign that the authors' code has.
double grasp(Model& model, const Batch& batch) {
    const auto kernels = tracked(model);
    const auto first = gradients(loss(model, batch, {.twice = true}), kernels, true);
    at::Tensor product = at::zeros({});
    for (const auto& g : first)
        if (g.defined()) product = product + (g * g.detach()).sum();
    return over_kernels(kernels, gradients(product, kernels),
                        [](const at::Tensor& w, const at::Tensor& hg) { return total_of(-w * hg); });
}

// Half the mean square of sum(activation x gradient) of each output channel, for each of its weights.
double fisher(Model& model, const Batch& batch) {
    (void)tracked(model);
    Tensors outputs;
    std::vector<std::size_t> layers;
    const auto keep = [&](std::size_t layer, const at::Tensor& value) {
        if (!model.has_kernel(layer)) return value;
        outputs.push_back(value);
        layers.push_back(layer);
        return value;
    };
    const auto slopes = gradients(loss(model, batch, {.watch = keep}), outputs);
    double total = 0;
    for (std::size_t i = 0; i < slopes.size(); ++i) {
        if (!slopes[i].defined()) continue;
        auto product = (outputs[i] * slopes[i]).detach();
        const bool image = model.network().layers[layers[i]].outputs[0].size() == 3;
        product =
            image ? product.flatten(2).sum({2}) : product.reshape({product.size(0), -1, product.size(-1)}).sum({1});
        const auto weights = static_cast<double>(model.weights()[layers[i]].weight.numel());
        total += total_of(product.square().mean({0}) / 2) * weights / static_cast<double>(product.size(1));
    }
    return total;
}

// How different the samples' Jacobians are: -sum(ln(v + k) + 1 / (v + k)) over the eigenvalues v of their
// correlation.
double jacob_cov(Model& model, const Batch& batch) {
    Tensors entries;
    const auto track = [&](std::size_t layer, const at::Tensor& value) {
        if (!is_entry(model.network(), layer)) return value;
        entries.push_back(value.detach().clone().set_requires_grad(true));
        return entries.back();
    };
    const auto output = model.forward(batch.inputs, {.watch = track});
    Tensors rows;
    for (const auto& slope : gradients(output.sum(), entries))
        if (slope.defined()) rows.push_back(slope.detach().flatten(1).to(at::kDouble));
    if (rows.empty()) return nothing;
    const auto correlation = at::corrcoef(at::cat(rows, 1));
    if (!at::isfinite(correlation).all().item<bool>()) return nothing;  // a sample that the output does not depend on
    const auto values = at::linalg_eigvalsh(correlation);
    constexpr double k = 1e-5;
    return -total_of(at::log(values + k) + 1 / (values + k));
}

bool rectifies(const Layer& layer) {
    using Kind = Activation::Kind;
    const auto* activation = std::get_if<Activation>(&layer.op);
    return activation != nullptr && activation->kind != Kind::sigmoid && activation->kind != Kind::hardsigmoid &&
           activation->kind != Kind::tanh;
}

/// rows rows' of {n, width}: as a convolution of 1 x 1, which is many times faster than mm() over a plain BLAS.
at::Tensor products(const at::Tensor& rows) {
    const auto columns = rows.unsqueeze(2).unsqueeze(3);
    return at::conv2d(columns, columns).flatten(1);
}

// ln |det K|, K = sum of x x' + (1 - x)(1 - x)' over all rectifiers, x which of their units are on for each sample.
double naswot(Model& model, const Batch& batch) {
    const at::NoGradGuard no_gradients;
    at::Tensor kernel;
    const auto count = [&](std::size_t layer, const at::Tensor& value) {
        if (!rectifies(model.network().layers[layer])) return value;
        const auto on = (value > 0).flatten(1).to(at::kFloat);
        const auto units = on.sum(1, true);  // x x' + (1 - x)(1 - x)' = 2 x x' + width - (units on in either)
        const auto alike = (2 * products(on) - units - units.t() + on.size(1)).to(at::kDouble);
        kernel = kernel.defined() ? kernel + alike : alike;
        return value;
    };
    (void)model.forward(batch.inputs, {.watch = count});
    return kernel.defined() ? std::get<1>(at::slogdet(kernel)).item<double>() : nothing;
}

/// The last layer that speaks of more than one place (pixel, point, token): what a classifier's pooling reads.
std::size_t last_features(const Network& network) {
    std::size_t last = 0;
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const auto& shape = network.layers[i].outputs[0];
        if ((shape.size() == 3 && shape[1] * shape[2] > 1) || (shape.size() == 2 && shape[0] > 1)) last = i;
    }
    return last;
}

// How far the features move with the input, and what normalisation divided away, for normal weights and inputs:
// ln E |f(x) - f(x + 0.01 e)| + sum over batch normalisations of ln sqrt(mean variance).
double zen(Model& model, const Batch& batch) {
    const at::NoGradGuard no_gradients;
    core::Stream random(model.seed(), "zen");
    for (const auto& kernel : model.kernels()) kernel.copy_(normal(kernel.sizes(), random));
    const auto last = last_features(model.network());
    Tensors points;
    at::Tensor features;
    bool moved = false;
    const auto walk = [&](std::size_t layer, const at::Tensor& value) {
        if (layer == last) features = value;
        if (!is_entry(model.network(), layer)) return value;
        if (!moved) return points.emplace_back(normal(value.sizes(), random));
        const auto point = points.front();
        points.erase(points.begin());
        return point + 0.01 * normal(value.sizes(), random);
    };
    (void)model.forward(batch.inputs, {.watch = walk});
    const auto still = features;
    double spread = 0;
    for (const auto& w : model.weights())  // the running variance began at 1 and took a tenth of the batch's
        if (w.variance.defined()) spread += 0.5 * std::log((w.variance.mean().item<double>() - 0.9) / 0.1);
    moved = true;
    (void)model.forward(batch.inputs, {.watch = walk});
    return std::log((features - still).abs().mean().item<double>()) + spread;
}

double l2_norm(Model& model, const Batch&) {
    double total = 0;
    for (const auto& kernel : model.kernels()) total += kernel.norm().item<double>();
    return total;
}

double parameters(Model& model, const Batch&) { return static_cast<double>(model.network().parameters()); }
double macs(Model& model, const Batch&) { return static_cast<double>(model.network().macs()); }

constexpr Proxy all[] = {
    {"synflow", synflow, false, "Tanaka et al. 2020, equation 2; ln of the sum"},
    {"snip", snip, true, "Lee et al. 2019, equation 5"},
    {"grad_norm", grad_norm, true, "Abdelfattah et al. 2021, section 3.1"},
    {"grasp", grasp, true, "Wang et al. 2020, equation 8, with the sign of their code"},
    {"fisher", fisher, true, "Theis et al. 2018; Turner et al. 2020, equation 1"},
    {"jacob_cov", jacob_cov, true, "Mellor et al. 2020, version 1, equation 5"},
    {"naswot", naswot, true, "Mellor et al. 2021, equation 2"},
    {"zen", zen, true, "Lin et al. 2021, algorithm 1"},
    {"l2_norm", l2_norm, false, "Abdelfattah et al. 2021, released code"},
    {"parameters", parameters, false, "learned values"},
    {"macs", macs, false, "multiply-accumulates"},
};

}  // namespace

std::span<const Proxy> proxies() { return all; }

const Proxy* find_proxy(std::string_view name) {
    const auto found = std::ranges::find(all, name, &Proxy::name);
    return found == std::end(all) ? nullptr : found;
}

}  // namespace dyad::arch_space::torch
