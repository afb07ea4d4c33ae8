// SPDX-License-Identifier: Apache-2.0
#include "models/mapper.hpp"

#include <algorithm>

#include "models/mapper/engine_model.hpp"
#include "models/mapper/memo.hpp"
#include "models/mapper/overloaded.hpp"
#include "models/mapper/plan.hpp"

namespace dyad::models {
namespace {

using hw_space::CustomUnit;
using hw_space::DepthwiseUnit;
using hw_space::PeArray;
using hw_space::VectorUnit;

/// An empty list accepts everything.
template <class T>
bool any_or_listed(const std::vector<T>& list, const T& value) {
    return list.empty() || std::ranges::find(list, value) != list.end();
}

/// Integers run on integer engines, wider ones in several passes; floats on floating-point engines that are wide
/// enough. A nest is floating-point when one of its operands is.
bool precision_fits(core::Precision engine, const Kernel& kernel) {
    const auto weights = kernel.nest ? kernel.weight_precision : kernel.input_precision;
    if (core::is_integer(weights) && core::is_integer(kernel.input_precision)) return core::is_integer(engine);
    const auto widest = std::max(core::bits(weights), core::bits(kernel.input_precision));
    return !core::is_integer(engine) && core::bits(engine) >= widest;
}

bool takes(const PeArray& array, const Kernel& kernel) {
    return kernel.nest.has_value() && precision_fits(array.precision, kernel);
}

bool takes(const DepthwiseUnit& unit, const Kernel& kernel) {
    return kernel.nest.has_value() && kernel.depthwise && precision_fits(unit.precision, kernel) &&
           std::ranges::find(unit.kernels, kernel.kernel_side) != unit.kernels.end() &&
           any_or_listed(unit.strides, kernel.stride);
}

bool takes(const VectorUnit& unit, const Kernel& kernel) {
    if (kernel.nest || !precision_fits(unit.precision, kernel)) return false;
    const auto counts = mapper::operations(kernel);
    for (std::size_t op = 0; op < counts.size(); ++op)
        if (counts[op] > 0 && !unit.has(static_cast<hw_space::VectorOp>(op))) return false;
    return true;
}

bool precision_listed(const CustomUnit& unit, const Kernel& kernel) {
    if (unit.precisions.empty()) return precision_fits(unit.precision, kernel);
    const auto weights = kernel.nest ? kernel.weight_precision : kernel.input_precision;
    return any_or_listed(unit.precisions, weights) && any_or_listed(unit.precisions, kernel.input_precision);
}

bool nest_within(const CustomUnit& unit, const LoopNest& nest) {
    const auto within = [&](std::uint64_t most, std::initializer_list<const char*> dims) {
        std::uint64_t product = 1;
        for (const auto* name : dims)
            if (const auto dim = nest.dim(name)) product *= nest.dims[*dim].size;
        return most == 0 || product <= most;
    };
    const auto& most = unit.at_most;
    return unit.macs_per_cycle() > 0 && within(most.groups, {"G"}) && within(most.pixels, {"P", "Q"}) &&
           within(most.channels, {"C"}) && within(most.filters, {"K"});
}

/// Steps between the rows and columns of the window.
bool dilation_listed(const CustomUnit& unit, const LoopNest& nest) {
    for (const auto& axis : nest.projections[static_cast<std::size_t>(Operand::inputs)])
        for (const auto& term : axis) {
            const auto& dim = nest.dims[term.dim];
            if ((dim.name == "R" || dim.name == "S") && dim.size > 1 &&
                !any_or_listed(unit.dilations, term.coefficient))
                return false;
        }
    return true;
}

bool takes(const CustomUnit& unit, const Kernel& kernel) {
    if (std::ranges::find(unit.operators, kernel.op) == unit.operators.end() || !precision_listed(unit, kernel) ||
        !any_or_listed(unit.kernels, kernel.kernel_side) || !any_or_listed(unit.strides, kernel.stride))
        return false;
    if (kernel.nest) return nest_within(unit, *kernel.nest) && dilation_listed(unit, *kernel.nest);
    return mapper::vector_cycles(unit, kernel) > 0 &&
           (unit.at_most.inputs == 0 || kernel.vector_inputs.count() <= unit.at_most.inputs);
}

std::shared_ptr<const KernelPlan> map(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                      std::size_t engine, const MapOptions& options, MapperMemo& memo,
                                      const EnergyTable& energy, bool in_one_tile) {
    const auto problem = mapper::problem(kernel, accelerator, engine, options, energy);
    if (!problem) return nullptr;
    auto key = mapper::key(*problem);
    key.push_back(in_one_tile ? 1 : 0);
    const auto planned = [&] {
        return problem->nest ? mapper::plan_nest(*problem, memo.impl().roles, {}, in_one_tile).plan
                             : mapper::plan_vector(*problem, in_one_tile);
    };
    return memo.impl().plans.get(std::move(key), [&] {
        return in_one_tile ? planned() : memo.impl().rooms.get(*problem, memo.impl().roles, planned);
    });
}

}  // namespace

bool accepts(const hw_space::Engine& engine, const Kernel& kernel) {
    return std::visit([&](const auto& one) { return takes(one, kernel); }, engine);
}

std::shared_ptr<const KernelPlan> map_kernel(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                             std::size_t engine, const MapOptions& options, MapperMemo& memo,
                                             const EnergyTable& energy) {
    return map(kernel, accelerator, engine, options, memo, energy, false);
}

std::shared_ptr<const KernelPlan> map_in_one_tile(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                                  std::size_t engine, const MapOptions& options, MapperMemo& memo,
                                                  const EnergyTable& energy) {
    return map(kernel, accelerator, engine, options, memo, energy, true);
}

MappedKernel map_within(const Kernel& kernel, const hw_space::Accelerator& accelerator, std::size_t engine,
                        const MapOptions& options, const mapper::Limits& limits) {
    if (!accepts(accelerator.engines.at(engine), kernel)) return {};
    const auto problem = mapper::problem(kernel, accelerator, engine, options, energy_table(accelerator));
    if (!problem) return {};
    mapper::RoleMemo nothing(0);
    return problem->nest ? mapper::plan_nest(*problem, nothing, limits)
                         : MappedKernel{mapper::plan_vector(*problem), 0};
}

std::shared_ptr<const KernelPlan> map_kernel(const Kernel& kernel, const hw_space::Accelerator& accelerator,
                                             std::size_t engine, const MapOptions& options, MapperMemo& memo) {
    if (!accepts(accelerator.engines.at(engine), kernel)) return nullptr;
    return map_kernel(kernel, accelerator, engine, options, memo, energy_table(accelerator));
}

}  // namespace dyad::models
