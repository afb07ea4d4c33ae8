// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/training/feed.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "arch_space/torch/batch.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

Shape image_of(const Network& network) {
    std::vector<const Layer*> inputs;
    for (const auto& layer : network.layers)
        if (std::holds_alternative<Input>(layer.op)) inputs.push_back(&layer);
    const auto fail = [](const std::string& found) {
        throw core::Error(fmt::format("the network takes {}, expected one image (channels x height x width)", found));
    };
    if (inputs.size() != 1) fail(fmt::format("{} inputs", inputs.size()));
    const auto& shape = inputs[0]->outputs[0];
    if (shape.size() != 3 || inputs[0]->activations == core::Precision::int32)
        fail(fmt::format("an input of {}", fmt::join(shape, " x ")));
    return shape;
}

std::vector<float> spread(const std::vector<float>& values, std::uint64_t channels) {
    if (values.size() == channels) return values;
    const float sum = std::accumulate(values.begin(), values.end(), 0.0F);
    return std::vector<float>(channels, sum / static_cast<float>(values.size()));
}

}  // namespace

Feed::Feed(const Network& network, const DataSet& data) : shape_(image_of(network)) {
    if (network.parameters() == 0) throw core::Error("the network has no weights: it cannot be trained");
    const auto& scores = network.layers.back().outputs[0];
    const auto classes = static_cast<std::uint64_t>(data.classes);
    if (scores.size() != 1 || scores[0] < classes)
        throw core::Error(fmt::format("the network puts out {}, expected {} values or more, one a class of {}",
                                      fmt::join(scores, " x "), classes, data.folder));
    const auto channels = data.mean.size();
    if (channels != shape_[0] && channels != 1 && shape_[0] != 1)
        throw core::Error(fmt::format("the network takes images of {} channels, those of {} have {}", shape_[0],
                                      data.folder, channels));
    const auto column = [&](const std::vector<float>& values) {
        return at::tensor(spread(values, shape_[0])).reshape({1, -1, 1, 1});
    };
    mean_ = column(data.mean);
    deviation_ = column(data.deviation);
}

at::Tensor Feed::pixels(const Images& images, const at::Tensor& numbers) const {
    auto x = images.pixels.index_select(0, numbers).to(at::kFloat) / 255;
    const auto channels = static_cast<std::int64_t>(shape_[0]);
    if (x.size(1) != channels) x = x.mean({1}, true).expand({-1, channels, -1, -1});
    const std::vector<std::int64_t> size{static_cast<std::int64_t>(shape_[1]), static_cast<std::int64_t>(shape_[2])};
    return x.sizes().slice(2) == size ? x : at::upsample_bilinear2d(x, size, false);
}

at::Tensor Feed::normalised(const at::Tensor& pixels) const { return (pixels - mean_) / deviation_; }

}  // namespace dyad::arch_space::torch
