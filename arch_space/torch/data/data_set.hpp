// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace dyad::arch_space::torch {

/// Images of one size, bytes {n, channels, height, width}, and their classes, whole numbers {n}.
struct Images {
    at::Tensor pixels, classes;
    [[nodiscard]] std::int64_t size() const { return pixels.size(0); }
};

/// Labelled images to learn from and to test on.
struct DataSet {
    std::string folder{};
    std::int64_t classes = 0;
    Images train, test;
    std::vector<float> mean{}, deviation{};  ///< of the training images' channels, black 0 and white 1
};

/// Where Debian's package dataset-fashion-mnist puts its files: the default data set.
inline constexpr const char* fashion_mnist = "/usr/share/datasets/fashion-mnist";

/// Reads a folder that holds one of
///   - `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-...` (MNIST's IDX), each perhaps with `.gz`;
///   - `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin` (CIFAR-10), or `train.bin` and `test.bin`
///     (CIFAR-100, fine classes);
///   - `train/CLASS/*` and `test/CLASS/*`, images as PNG, PPM or PGM, one folder a class.
/// Throws core::Error that names the file, what was expected and what was found; also beyond 4 GiB of pixels.
[[nodiscard]] DataSet read_data_set(const std::filesystem::path& folder);

}  // namespace dyad::arch_space::torch
