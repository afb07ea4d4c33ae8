// SPDX-License-Identifier: Apache-2.0
#include "models/schedule/estimate.hpp"

#include <algorithm>

#include "models/report_builder.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::models {

double score(Objective objective, const Estimate& estimate) {
    switch (objective) {
        case Objective::latency:
            return estimate.time.count();
        case Objective::energy:
            return estimate.energy.count();
        case Objective::edp:
            break;
    }
    return estimate.energy.count() * estimate.time.count();
}

Step host_work(const Node& node, const std::vector<TensorInfo>& tensors) {
    Step step;
    step.engine = Step::on_host;
    for (const auto& use : node.reads) step.host_in += tensors[use.tensor].bytes();
    for (const auto tensor : node.writes) step.host_out += tensors[tensor].bytes();
    const auto& kernel = node.kernel;
    step.host_operations =
        2.0 * static_cast<double>(kernel.macs()) + static_cast<double>(kernel.vector.total() + kernel.epilogue.total());
    return step;
}

Estimator::Estimator(const hw_space::Accelerator& accelerator, const EnergyTable& energy)
    : accelerator_(accelerator), energy_(energy) {
    if (const auto home = residence(accelerator)) room_ = accelerator.buffers[*home].size;
}

Estimate Estimator::on_engine(const KernelPlan& plan, core::Bytes activations) const {
    const auto moved = totals(plan.tiles);
    core::Bytes read(moved.load_bytes[static_cast<std::size_t>(Operand::weights)]), written;
    if (activations > room_) {
        read += core::Bytes(moved.load_bytes[static_cast<std::size_t>(Operand::inputs)] +
                            moved.load_bytes[static_cast<std::size_t>(Operand::outputs)]);
        written = core::Bytes(moved.store_bytes);
    }
    const auto time = std::max(plan.compute / accelerator_.clock, (read + written) / accelerator_.dram.peak());
    const auto& parts = plan.energy;
    const auto dram = energy_.dram_read_byte * read + energy_.dram_write_byte * written;
    return {time, parts.mac + parts.reg + parts.buffer + parts.network + dram + energy_.leakage * time};
}

Estimate Estimator::on_host(const Step& step) const {
    const auto time = host_time(accelerator_.host, step);
    return {time, energy_.leakage * time};
}

}  // namespace dyad::models
