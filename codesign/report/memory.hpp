// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/report.hpp"
#include "models/schedule.hpp"

namespace dyad::codesign {

/// What lies in the watched buffer (the one where tensors stay, else where weights wait) when a step starts.
struct BufferUse {
    core::Bytes resident;  ///< tensors between their producer and their last consumer
    core::Bytes tiles;     ///< of the steps that run
    core::Bytes ahead;     ///< weights of the steps that come after those
};
/// By step. `report` is what playing `schedule` gave. Empty for a chip without buffers.
[[nodiscard]] std::vector<BufferUse> buffer_use(const models::Schedule& schedule, const models::Report& report);

}  // namespace dyad::codesign
