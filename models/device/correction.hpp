// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <vector>

#include "models/device/features.hpp"

namespace dyad::models {

/// A smooth correction of kernel times learned from whole networks: a kernel takes physical x (1 + g), g a Gaussian
/// process over kernel_place() (squared exponential), of which a network shows only the sum over its kernels. Kept at
/// some of the kernels seen (subset of regressors; Quinonero-Candela & Rasmussen 2005, section 3).
struct Correction {
    struct Point {
        std::array<double, place_size> place{};
        double weight = 0;
    };
    std::vector<Point> points;
    [[nodiscard]] double at(const Work& work) const;

    [[nodiscard]] static Correction fit(const Platform& platform, const PhysicsByClass& classes,
                                        const std::vector<const Sample*>& samples);
};

}  // namespace dyad::models
