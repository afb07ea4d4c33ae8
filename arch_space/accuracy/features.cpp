// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace dyad::arch_space {
namespace {

bool is_map(const Shape& shape) { return shape.size() == 3 && shape[1] * shape[2] > 1; }
bool is_vector(const Shape& shape) { return shape.size() == 3 && shape[1] * shape[2] == 1; }

/// Counts over the layers of one network.
class Census {
public:
    explicit Census(const Network& network) : network_(network) {
        for (const Layer& layer : network.layers) {
            std::visit([&](const auto& op) { count(layer, op); }, layer.op);
            count_precision(layer);
        }
    }

    [[nodiscard]] Features features() const {
        const double all = std::max(1.0, static_cast<double>(network_.macs()));
        const double spatial = std::max(1.0, spatial_ - 1);  // behind the first
        return {.macs = all,
                .parameters = static_cast<double>(network_.parameters()),
                .resolution = resolution_,
                .depth = spatial_ - 1,
                .shortcuts = shortcut_share(shortcuts_, spatial),
                .refinement = (std::min(1.0, gates_ / spatial) + swishes_ / std::max(1.0, activations_)) / 2,
                .large = large_ / spatial,
                .dense = dense_macs_ / all,
                .classes = classes_,
                .int8 = int8_macs_ / all,
                .int4 = int4_macs_ / all};
    }
    [[nodiscard]] bool is_classifier() const { return resolution_ > 0 && spatial_ > 1; }

private:
    [[nodiscard]] const Shape& input(const Layer& layer, std::size_t i) const {
        return network_.layers.at(layer.inputs.at(i)).outputs.at(layer.input_slots.at(i));
    }

    template <class Op>
    void count(const Layer&, const Op&) {}

    void count(const Layer& layer, const Input&) {
        const Shape& shape = layer.outputs.at(0);
        if (resolution_ == 0 && is_map(shape)) resolution_ = std::sqrt(static_cast<double>(shape[1] * shape[2]));
    }
    void count(const Layer& layer, const Conv& conv) {
        const auto side = std::max(conv.kernel.h, conv.kernel.w);
        if (side <= 1) return;
        if (spatial_++ < 1) return;  // the first one makes channels of an image in every family
        if (side > 3) ++large_;
        if (conv.groups == 1) dense_macs_ += static_cast<double>(layer.macs);
    }
    void count(const Layer& layer, const Linear&) { classes_ = static_cast<double>(layer.outputs.at(0).back()); }
    void count(const Layer& layer, const Activation& activation) {
        using Kind = Activation::Kind;
        const bool gate = activation.kind == Kind::sigmoid || activation.kind == Kind::hardsigmoid;
        if (gate || !is_map(layer.outputs.at(0))) return;
        ++activations_;
        if (activation.kind == Kind::swish || activation.kind == Kind::hardswish) ++swishes_;
    }
    void count(const Layer& layer, const Elementwise& sum) {
        if (!is_map(layer.outputs.at(0))) return;
        const bool spreads =
            std::any_of(layer.inputs.begin(), layer.inputs.end(),
                        [&, i = std::size_t{0}](auto) mutable { return is_vector(input(layer, i++)); });
        if (sum.kind == Elementwise::Kind::add && !spreads) ++shortcuts_;
        if (sum.kind == Elementwise::Kind::mul && spreads) ++gates_;
    }
    void count_precision(const Layer& layer) {
        const unsigned bits = std::min(core::bits(layer.weights), core::bits(layer.activations));
        const double macs = static_cast<double>(layer.macs);
        if (bits <= 4)
            int4_macs_ += macs;
        else if (bits <= 8)
            int8_macs_ += macs;
    }

    const Network& network_;
    double resolution_ = 0, classes_ = 0;
    double spatial_ = 0, large_ = 0, shortcuts_ = 0, gates_ = 0, activations_ = 0, swishes_ = 0;
    double dense_macs_ = 0, int8_macs_ = 0, int4_macs_ = 0;
};

}  // namespace

double shortcut_share(double shortcuts, double spatial) {
    return std::min(1.0, 2 * shortcuts / std::max(1.0, spatial));
}

Features features_of(const Network& network) {
    const Census census(network);
    if (!census.is_classifier())
        throw core::Error(
            fmt::format("{}: the accuracy surrogate knows convolutional image classifiers; this network has no image "
                        "input or fewer than two convolutions wider than 1x1",
                        network.name));
    return census.features();
}

}  // namespace dyad::arch_space
