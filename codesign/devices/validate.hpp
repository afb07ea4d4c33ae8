// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "codesign/commands/output.hpp"
#include "models/device/device.hpp"

namespace dyad::codesign {

/// Errors of one device on one group of rows.
struct DeviceErrors {
    std::string device, group;
    models::HeldOut errors;
    double coverage = 0;  ///< of the 90 % interval
    std::optional<models::NoiseFloor> noise;
    std::optional<models::HeldOut> datasheet;  ///< without rows of the device, as stored when it was calibrated
    std::optional<models::HeldOut> macs;       ///< a line through MACs alone, stored likewise
};
/// Every calibrated device that ships against the rows of the profiles in `folder` that its fit has not seen; without a
/// folder, the errors stored when it was calibrated.
[[nodiscard]] std::vector<DeviceErrors> validate_devices(const std::string& folder);
[[nodiscard]] std::string devices_text(const std::vector<DeviceErrors>& list, const Output& output);

}  // namespace dyad::codesign
