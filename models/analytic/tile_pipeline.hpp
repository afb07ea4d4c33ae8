// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <vector>

#include "models/analytic/dram_stream.hpp"
#include "models/report_builder.hpp"

namespace dyad::models {

/// One step alone on the chip. Seconds from its start.
struct StepTime {
    double duration = 0;
    double dram_busy = 0;     ///< DRAM time that its own transfers take
    double activates = 0;     ///< DRAM rows opened
    double prefetch_end = 0;  ///< when the weights asked ahead for the next step are there; 0 = none
};

/// What of a step's surroundings its time depends on.
struct StepContext {
    double weights_late = 0;  ///< from the start of the step until its own prefetched weights are there
    core::Bytes ahead;        ///< weights of the next step, to load once the last load of this one is asked for
};

/// The tile pipeline of report_builder.hpp as a recurrence over load, compute and store times, in max and plus. A run
/// of equal tiles settles into a constant period within a few tiles and a repeated block within a few repeats: those
/// are played, the others extrapolated, so the work is in proportion to the runs, not the tiles.
[[nodiscard]] StepTime time_alone(const StepProgram& program, const hw_space::Accelerator& accelerator,
                                  const hw_space::Engine& engine, const DramStream& dram, const StepContext& context);

/// The same of a chain: the lanes share the DRAM, and each run waits for the members before and after its own.
[[nodiscard]] StepTime time_alone(const Chain& chain, const std::vector<StepProgram>& lanes,
                                  const hw_space::Accelerator& accelerator, const DramStream& dram,
                                  const StepContext& context);

/// One step of a schedule alone on the chip.
[[nodiscard]] StepTime time_alone(const Schedule& schedule, std::size_t step, const DramStream& dram,
                                  const StepContext& context);

}  // namespace dyad::models
