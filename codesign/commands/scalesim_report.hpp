// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "hw_space/accelerator.hpp"
#include "models/dataflow.hpp"

namespace dyad::codesign {

/// SCALE-Sim's COMPUTE_REPORT.csv for a network on the first systolic array of a chip, without memory stalls. Its total
/// is the index of the last cycle. Throws core::Error when there is no such array or a kernel is no nest.
[[nodiscard]] std::string scalesim_report(const models::Dataflow& dataflow, const hw_space::Accelerator& chip);

}  // namespace dyad::codesign
