// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/device/scores.hpp"

namespace dyad::models {

/// Fits physics, trees of kernels and the correction of networks of `device` (whose calibration holds the physics to
/// start from) to `samples`; keeps the network's own trees as they are.
void fit_kernels(Device& device, const Samples& samples);

/// Trees of whole networks over what their kernels add up to; none from fewer than 100 networks.
void fit_networks(Device& device, const Samples& samples);

/// Trees of `targets`, one for each network, by network_features(); none from fewer than 100.
[[nodiscard]] Trees fit_network_trees(const Device& device, const Samples& networks,
                                      const std::vector<double>& targets);

/// Those of them that are more than one kernel.
[[nodiscard]] Samples networks_in(const Samples& samples);

/// What the kernels of networks take on a device, each different one asked once.
class KernelSums {
public:
    explicit KernelSums(const Device& device) : device_(device) {}
    [[nodiscard]] double operator()(const WorkList& works);

private:
    const Device& device_;
    std::map<Work, double> known_;
};

}  // namespace dyad::models
