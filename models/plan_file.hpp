// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "models/energy.hpp"
#include "models/schedule.hpp"

namespace dyad::core {
class Value;
}  // namespace dyad::core

namespace dyad::models {

/// How an engine goes about a kernel, as a file says, at what it costs the engine.
struct GivenPlan {
    std::size_t engine = 0;
    std::shared_ptr<const KernelPlan> plan;
    std::optional<Mapping> loops;  ///< where the file gives the loops of every level
};

/// Reads a mapping file for a chip with engines. It has one of two keys. `plan` is what the mapper decides, and all
/// else follows from the engine:
///     plan: {engine: pe_array, loops: [{K: 2}, {P: 4}]}      # over tiles, outermost first: a nest
///     plan: {engine: pe_array, passes: {m: 96, n: 1, e: 7, p: 16, q: 1, r: 1, t: 2}}   # a row-stationary array
///     plan: {engine: vector_unit, chunks: 4}                 # a vector kernel
/// `mapping` has the loops of every level (mapping_file.hpp), of systolic arrays and given unrollings alone; a level
/// named after an engine's registers picks that engine. The first engine that runs the kernel is taken where none is
/// named. Records every error in file.errors(), also that the engine cannot do it; returns nothing then.
[[nodiscard]] std::optional<GivenPlan> read_plan(const core::Value& file, const Kernel& kernel,
                                                 const hw_space::Accelerator& chip, const EnergyTable& energy);

/// What a plan decides, as the text of such a file.
[[nodiscard]] std::string plan_yaml(const KernelPlan& plan, const Kernel& kernel, const std::string& engine);

}  // namespace dyad::models
