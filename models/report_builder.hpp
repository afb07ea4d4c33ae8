// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <vector>

#include "models/energy.hpp"
#include "models/report.hpp"

/// What the closed forms and the simulator share: how a step is played, and what follows from its times.
namespace dyad::models {

/// One step on an engine as it is played: the plan's tiles after residency, residual operand and prefetch.
///
/// The step starts when its `after` steps and the previous step of its engine have ended. Its launch and its first
/// loads start together; the first tile computes when both are done. Loads are issued in order, tile by tile; with
/// double buffering the load of tile i waits for the compute of tile i-2, without for that of tile i-1 and its store.
/// The step ends when its last store has ended (its last compute, when nothing is stored).
struct StepProgram {
    core::Cycles launch;
    /// Weights that may be loaded before the step starts: asked of the DRAM once the step before it in the order of
    /// issue has issued its last load, at the latest when the step starts. Not in `tiles`; the first tile waits for
    /// them.
    core::Bytes prefetch;
    bool double_buffered = true;
    /// load_bytes and store_bytes are exactly what crosses to and from DRAM; a resident operand moves nothing. The
    /// residual operand from DRAM is part of the inputs' loads, in step with the stores.
    TileProgram tiles;
    /// Space of the tiles by buffer and operand, double buffering included (KernelPlan::space).
    std::vector<std::array<core::Bytes, 3>> space;
};
/// What one core plays of a step: of a divided kernel its part, else (on the first core) all. Of a chain, what one lane
/// plays; only the first lane prefetches.
[[nodiscard]] StepProgram step_program(const Schedule& schedule, std::size_t step, std::size_t part = 0);

/// Throws core::Error when weights and activations alive at the same time are more than the DRAM holds.
void check_capacity(const Schedule& schedule);

/// What a step moves between the cores and what they share: every tile, from wherever its operands come.
[[nodiscard]] core::Bytes moved_into_cores(const Step& step);

/// How long the host takes: launch + bytes over the link + operations.
[[nodiscard]] core::Seconds host_time(const hw_space::Host& host, const Step& step);

/// Bytes moved at DRAM and at every buffer by operand, after residency; rows without traffic are left out. DRAM
/// first. A host step moves none on the chip.
[[nodiscard]] std::vector<Traffic> step_traffic(const Schedule& schedule, std::size_t step);

/// Dynamic energy of a step after residency, with so many DRAM rows opened.
[[nodiscard]] EnergyParts step_energy(const Schedule& schedule, std::size_t step, const EnergyTable& table,
                                      std::uint64_t activates);

/// What only playing a step can tell.
struct StepTiming {
    core::Seconds start, end;
    std::uint64_t dram_activates = 0;
    std::optional<Stalls> stalls{};  ///< of a simulation
};

/// The report of a schedule played at `fidelity`, from the times of its steps. The chip's leakage and the DRAM's
/// background over the whole latency are shared out to the kernels by their time (to host kernels too: the chip waits),
/// so that the kernels' energies add up to the total.
[[nodiscard]] Report build_report(const Schedule& schedule, Fidelity fidelity, const std::vector<StepTiming>& timings);

}  // namespace dyad::models
