// SPDX-License-Identifier: Apache-2.0
#include "arch_space/torch/data/data_set.hpp"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>

#include "arch_space/torch/data/formats.hpp"
#include "core/error.hpp"

namespace dyad::arch_space::torch {
namespace {

/// By counting bytes, so that the sums are exact whatever their order. A channel of one value deviates by 1.
void describe(DataSet& data) {
    const auto channels = data.train.pixels.size(1);
    for (std::int64_t c = 0; c < channels; ++c) {
        const auto counts = at::bincount(data.train.pixels.select(1, c).reshape({-1}), {}, 256).to(at::kDouble);
        const auto values = at::arange(256, at::kDouble) / 255;
        const auto total = counts.sum();
        const auto mean = (counts * values).sum() / total;
        const double variance = ((counts * (values - mean).square()).sum() / total).item<double>();
        data.mean.push_back(mean.to(at::kFloat).item<float>());
        data.deviation.push_back(variance > 0 ? static_cast<float>(std::sqrt(variance)) : 1.0F);
    }
}

void expect_one_size(const DataSet& data) {
    const auto train = data.train.pixels.sizes().slice(1), test = data.test.pixels.sizes().slice(1);
    if (train != test)
        throw core::Error(
            fmt::format("{}: the test images are {} x {} x {}, expected {} x {} x {} as those to learn from",
                        data.folder, test[0], test[1], test[2], train[0], train[1], train[2]));
}

}  // namespace

void expect_classes(const at::Tensor& classes, std::int64_t limit, const std::string& where, const std::string& whose) {
    const auto beyond = (classes >= limit).nonzero();
    if (beyond.size(0) == 0) return;
    const auto first = beyond[0].item<std::int64_t>();
    throw core::Error(fmt::format("{}: label {}: found {}, expected below {} ({})", where, first,
                                  classes[first].item<std::int64_t>(), limit, whose));
}

DataSet read_data_set(const std::filesystem::path& folder) {
    if (!std::filesystem::is_directory(folder))
        throw core::Error(fmt::format("{}: no such folder, expected that of a data set", folder.string()));
    for (const auto read : {read_idx, read_cifar, read_image_folder}) {
        auto data = read(folder);
        if (!data) continue;
        data->folder = folder.string();
        expect_one_size(*data);
        describe(*data);
        return std::move(*data);
    }
    throw core::Error(
        fmt::format("{}: no data set, expected train-images-idx3-ubyte (IDX), data_batch_1.bin or "
                    "train.bin (CIFAR), or train/CLASS/*.png",
                    folder.string()));
}

}  // namespace dyad::arch_space::torch
