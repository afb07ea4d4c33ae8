// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "models/mapper.hpp"
#include "models/schedule.hpp"
#include "models/schedule/estimate.hpp"

namespace dyad::models {

/// Operator name of a vector kernel made of fused members that could not ride on their engine. It works element by
/// element on its first input.
inline constexpr const char* fused_apart = "epilogue";

/// One engine that can run a kernel, and how.
struct Candidate {
    std::size_t engine = 0;
    std::shared_ptr<const KernelPlan> plan;
    Estimate estimate;
};

/// The kernels as they will be issued, and who can run each.
struct Candidates {
    /// As given, but for kernels whose fused members cannot ride on their engine: those members follow as a vector
    /// kernel of their own.
    std::shared_ptr<const Dataflow> dataflow;
    std::vector<std::vector<Candidate>> by_node;  ///< none = the host
};

/// Throws core::Error naming every kernel that no engine and no host can run.
[[nodiscard]] Candidates candidates(const std::shared_ptr<const Dataflow>& dataflow,
                                    const hw_space::Accelerator& accelerator, const MapOptions& options,
                                    const EnergyTable& energy, MapperMemo& memo);

}  // namespace dyad::models
