// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "models/device/device.hpp"

namespace dyad::models {

struct CalibrateOptions {
    double holdout = 0.2;           ///< share of the configurations that the fit does not see
    std::string model = "learned";  ///< or "physical", or "datasheet": from `others`
    std::size_t samples = 0;        ///< fit to so many configurations only, score on the others; 0 = by `holdout`;
                                    ///< with `known`: those that tell most, of 20 times as many drawn
    std::uint64_t seed = 1;         ///< which those are
    std::vector<std::shared_ptr<const Device>> known{};  ///< fit a Transfer of these
    std::vector<Sample>
        others{};  ///< rows of other devices: what the datasheet tells is scored beside the other models
};

/// Whether a configuration is held out: by its name alone, so that every command draws the same line.
[[nodiscard]] bool held_out(const std::string& config, double share);

/// Throws core::Error when no model can be fitted: no rows, fewer than parameters, constant times, times that the
/// datasheet makes impossible (with the arithmetic).
void check_samples(const Device& device, const std::vector<Sample>& samples);

/// Fits the physics and the learned model on the same rows and scores both, and two baselines (MACs alone; linear in
/// MACs, elements and counts of kernels), on the held-out ones. Classes without rows come from the siblings. With
/// `known` devices, a Transfer of them instead; as "datasheet", from the rows of others alone.
[[nodiscard]] Device calibrate(Device device, const std::vector<Sample>& samples, const std::vector<Device>& siblings,
                               const CalibrateOptions& options);

}  // namespace dyad::models
