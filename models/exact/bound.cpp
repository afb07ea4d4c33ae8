// SPDX-License-Identifier: Apache-2.0
#include "models/exact/bound.hpp"

#include <algorithm>

namespace dyad::models::exact {

Bound::Bound(const Traffic& traffic) : traffic_(traffic) {
    for (std::size_t l = 0; l < traffic.levels(); ++l) {
        const auto& level = traffic.space().hierarchy.levels[l];
        fan_out_ *= static_cast<double>(level.fanout_rows * level.fanout_cols);
    }
    energy_ = traffic.space().hierarchy.mac_energy.count() * static_cast<double>(traffic.macs());
    for (const auto& c : traffic.connections()) energy_ += least(c);
}

Cost Bound::operator()(const Tiling& tiling, std::uint32_t set) const {
    double steps = 1, engaged = 1, left = 1;
    for (std::size_t d = 0; d < traffic_.dims(); ++d) {
        const auto size = traffic_.space().nest.dims[d].size;
        std::uint64_t unrolled = 1;
        for (std::size_t l = 0; l < traffic_.levels(); ++l) unrolled *= tiling.space[l][d];
        if ((set >> d & 1) == 0) {
            left *= static_cast<double>(size);
            continue;
        }
        steps *= static_cast<double>(core::ceil_div(size, unrolled));
        engaged *= static_cast<double>(unrolled);
    }
    return {steps * std::max(1.0, left / (fan_out_ / engaged)), energy_};
}

/// Every word passes a connection once; multipliers read each operand in each step, shared at most by all of them.
double Bound::least(const Connection& c) const {
    const auto& levels = traffic_.space().hierarchy.levels;
    const bool output = c.operand == static_cast<std::size_t>(Operand::outputs);
    if (c.child == traffic_.levels() && !output) {
        double shared = 1;
        for (auto l = c.parent; l < c.child; ++l)
            shared *= static_cast<double>(levels[l].fanout_rows * levels[l].fanout_cols);
        return static_cast<double>(traffic_.macs()) / shared * levels[c.parent].read_energy[c.operand].count();
    }
    const auto& axes = traffic_.projection(c.operand).axes;
    const auto dense = [](const Axis& axis) { return axis.size() == 1 && axis.front().coefficient == 1; };
    if (!std::ranges::all_of(axes, dense)) return 0;  // strides leave gaps
    const auto words = static_cast<double>(traffic_.words(c.operand));
    if (output) return words * levels[c.parent].write_energy[c.operand].count();
    return words * (levels[c.parent].read_energy[c.operand] + levels[c.child].write_energy[c.operand]).count();
}

}  // namespace dyad::models::exact
