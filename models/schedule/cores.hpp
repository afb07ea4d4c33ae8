// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "models/mapper.hpp"

namespace dyad::models {

/// The chip as one of `sharers` cores sees it when all are at work: its share of the DRAM's rate and of the buffers
/// that all use.
[[nodiscard]] hw_space::Accelerator core_view(const hw_space::Accelerator& accelerator, std::size_t sharers);

/// What each core does of a kernel that is divided into at most `cores` parts, the largest first; empty when it cannot
/// be divided so: fewer than two channels, rows or batch elements. Rows of a convolution read the rows that they share
/// with the next part again.
[[nodiscard]] std::vector<Kernel> parts_of(const Kernel& kernel, Split split, std::size_t cores);

/// The best plan of a kernel on the same engine of all cores (models::map_kernel on a chip with one): on the first core
/// alone, or divided by output channel, by row or by batch among all cores, half of them, and so on, whichever is best
/// by the objective. Null when it does not accept it or no tile fits.
[[nodiscard]] std::shared_ptr<const KernelPlan> map_on_cores(const Kernel& kernel,
                                                             const hw_space::Accelerator& accelerator,
                                                             std::size_t engine, const MapOptions& options,
                                                             MapperMemo& memo, const EnergyTable& energy);

}  // namespace dyad::models
