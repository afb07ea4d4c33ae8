// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>

#include "arch_space/torch/data/data_set.hpp"

namespace dyad::arch_space::torch {

constexpr std::uint64_t most_pixels = std::uint64_t{4} << 30;

/// The data set of each kind of folder; nothing where `folder` is none of that kind.
[[nodiscard]] std::optional<DataSet> read_idx(const std::filesystem::path& folder);
[[nodiscard]] std::optional<DataSet> read_cifar(const std::filesystem::path& folder);
[[nodiscard]] std::optional<DataSet> read_image_folder(const std::filesystem::path& folder);

/// A decoded picture: bytes {channels, height, width}.
[[nodiscard]] at::Tensor read_image(const std::filesystem::path& file);

/// Throws for the first class that is not below `classes`. `where` begins the message.
void expect_classes(const at::Tensor& classes, std::int64_t limit, const std::string& where, const std::string& whose);

}  // namespace dyad::arch_space::torch
