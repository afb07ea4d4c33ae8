// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "arch_space/torch/data/data_set.hpp"

namespace dyad::arch_space::torch {

/// Which images belong together.
struct Groups {
    std::vector<std::string> names;  ///< two or more
    at::Tensor of;                   ///< by image, the number of its group
};

/// Of a text file with the name of a group a line, one a test image in the data set's order. `file` empty: of
/// `test_groups.txt` in the data set's folder; where there is none, thirds by the mean brightness of the images as they
/// are stored, from dark to bright. Throws core::Error.
[[nodiscard]] Groups read_groups(const std::filesystem::path& file, const DataSet& data);

/// Of the numbered images to learn from: of `train_groups.txt` in the data set's folder, one a line for all of them, or
/// thirds of the numbered ones by brightness. Throws core::Error, too, for a `file` of test images.
[[nodiscard]] Groups groups_to_learn(const std::filesystem::path& file, const DataSet& data, const at::Tensor& numbers);

/// The best group's share of hits less the worst's, and the variance of that difference. `hits` of the numbered images;
/// groups without one do not count.
struct Gap {
    double value, variance;
};
[[nodiscard]] Gap gap_between(const Groups& groups, const at::Tensor& hits, const at::Tensor& numbers);

}  // namespace dyad::arch_space::torch
