// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "sim/journal.hpp"

namespace dyad::sim {

/// Draws how much of the buffer where tensors stay is taken by them, from the start of the step that makes one to the
/// end of the last that reads it. For the timeline, after the run.
void draw_tensors(const Journal& journal, Trace& trace);

}  // namespace dyad::sim
