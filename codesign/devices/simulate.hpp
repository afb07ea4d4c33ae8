// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "arch_space/network.hpp"
#include "core/document.hpp"
#include "models/report.hpp"

namespace dyad::models {
struct Device;
struct Prediction;
}  // namespace dyad::models

namespace dyad::codesign {

/// The device file of that name or path; nothing when it names an accelerator (or nothing at all).
[[nodiscard]] std::shared_ptr<const core::Document> device_document(const std::string& name);

/// A network on a calibrated device. Throws core::Error when it has no calibration.
[[nodiscard]] models::Report simulate_on_device(const arch_space::Network& network, const models::Device& device,
                                                std::uint64_t batch, bool fusion);
/// Its latency with the 90 % interval.
[[nodiscard]] models::Prediction predict_on_device(const arch_space::Network& network, const models::Device& device,
                                                   std::uint64_t batch, bool fusion);

}  // namespace dyad::codesign
