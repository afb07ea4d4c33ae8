// SPDX-License-Identifier: Apache-2.0
#include "models/mapping_space.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/mapper/roles.hpp"

namespace dyad::models {
namespace {

std::vector<std::string> kept_by_both(const hw_space::Keeps& a, const hw_space::Keeps& b) {
    std::vector<std::string> both;
    if (a.weights && b.weights) both.emplace_back("weights");
    if (a.inputs && b.inputs) both.emplace_back("inputs");
    if (a.outputs && b.outputs) both.emplace_back("outputs");
    return both;
}

bool has_window(const LoopNest& nest) {
    const mapper::NestByRole by_role(nest);
    for (std::size_t d = 0; d < nest.dims.size(); ++d)
        if (by_role.whole[d] && nest.dims[d].size > 1) return true;
    return false;
}

}  // namespace

std::vector<std::string> left_out(const hw_space::Accelerator& chip, const Kernel* kernel) {
    std::vector<std::string> all;
    if (chip.hierarchy) return all;
    for (std::size_t outer = 0; outer < chip.buffers.size(); ++outer)
        for (auto inner = outer + 1; inner < chip.buffers.size(); ++inner) {
            const auto &a = chip.buffers[outer], &b = chip.buffers[inner];
            if (const auto both = kept_by_both(a.keeps, b.keeps); !both.empty())
                all.push_back(fmt::format(
                    "'{}' and '{}' hold the same tile of {}: one behind the other adds no reuse within a kernel",
                    a.name, b.name, fmt::join(both, ", ")));
        }
    const auto multiplies = [](const hw_space::Engine& engine) { return hw_space::peak_macs(engine) > 0; };
    const bool windows =
        kernel ? kernel->nest && has_window(*kernel->nest) : std::ranges::any_of(chip.engines, multiplies);
    if (windows) all.emplace_back("filter rows and columns are not cut into tiles");
    return all;
}

}  // namespace dyad::models
