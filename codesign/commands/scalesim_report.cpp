// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/scalesim_report.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "models/systolic.hpp"

namespace dyad::codesign {
namespace {

using hw_space::ArrayDataflow;

bool is_systolic(const hw_space::PeArray& array) {
    return array.dataflow == ArrayDataflow::output_stationary || array.dataflow == ArrayDataflow::weight_stationary ||
           array.dataflow == ArrayDataflow::input_stationary;
}

const hw_space::PeArray& systolic_array(const hw_space::Accelerator& chip) {
    for (const auto& engine : chip.engines)
        if (const auto* array = std::get_if<hw_space::PeArray>(&engine); array && is_systolic(*array)) return *array;
    throw core::Error(
        fmt::format("--format scalesim: '{}' has no weight-, output- or input-stationary array", chip.name));
}

std::uint64_t groups(const models::LoopNest& nest) {
    const auto dim = nest.dim("G");
    return dim ? nest.dims[*dim].size : 1;
}

}  // namespace

std::string scalesim_report(const models::Dataflow& dataflow, const hw_space::Accelerator& chip) {
    const auto& array = systolic_array(chip);
    std::string text = "LayerID, Total Cycles, Stall Cycles, Overall Util %, Mapping Efficiency %, Compute Util %,\n";
    std::size_t layer = 0;
    for (const auto& node : dataflow.nodes()) {
        if (!node.kernel.nest)
            throw core::Error(
                fmt::format("--format scalesim: kernel '{}' ({}) is no product", node.kernel.name, node.kernel.op));
        const auto& nest = *node.kernel.nest;
        const auto cost =
            models::systolic(models::systolic_work(nest), array.rows, array.cols, array.dataflow, array.pipeline);
        const auto cycles = groups(nest) * cost.cycles.count();
        const auto used = 100 * static_cast<double>(nest.macs()) /
                          (static_cast<double>(cycles) * static_cast<double>(array.rows * array.cols));
        text += fmt::format("{}, {}, 0, {}, {}, {},\n", layer++, cycles - 1, used, 100 * cost.mapping_efficiency, used);
    }
    return text;
}

}  // namespace dyad::codesign
