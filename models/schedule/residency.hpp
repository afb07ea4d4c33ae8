// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <memory>

#include "models/schedule.hpp"

namespace dyad::models {

/// The plan of a step's kernel on its engine when its tiles may take only 1/2^halvings of the residence buffer; null
/// when no tile fits. 0 = the step's first plan.
using PlanWithin = std::function<std::shared_ptr<const KernelPlan>(const Step& step, unsigned halvings)>;

/// Decides which tensors stay on chip, and with which tiles: starts with all of them in the buffer; where the tensors
/// and tiles alive at some step do not fit, first takes smaller tiles for it, and when those cost more than residence
/// spares, sends the tensor with the least DRAM traffic spared per byte and step back to DRAM. Then gives free space to
/// the tiles and to the prefetch of weights. Steps that together do not fit even so are put one after another
/// (Step::after). Sets homes, plans, prefetch and peak_buffer.
void place_tensors(Schedule& schedule, const PlanWithin& plan_within);

}  // namespace dyad::models
