// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/energy.hpp"
#include "models/schedule.hpp"

namespace dyad::models {

/// What a kernel takes on one engine, before it is known where every tensor lives.
struct Estimate {
    core::Seconds time;
    core::Joules energy;
    friend Estimate operator+(const Estimate& a, const Estimate& b) { return {a.time + b.time, a.energy + b.energy}; }
};

/// Less is better.
[[nodiscard]] double score(Objective objective, const Estimate& estimate);

/// What the host does for this kernel: its activations over the link, two operations a multiply-accumulate.
[[nodiscard]] Step host_work(const Node& node, const std::vector<TensorInfo>& tensors);

/// Hopes that activations stay on chip when those of the kernel alone fit into `residence`; weights come from DRAM at
/// its peak rate.
class Estimator {
public:
    Estimator(const hw_space::Accelerator& accelerator, const EnergyTable& energy);
    /// `activations`: bytes of all tensors that the kernel reads and writes.
    [[nodiscard]] Estimate on_engine(const KernelPlan& plan, core::Bytes activations) const;
    [[nodiscard]] Estimate on_host(const Step& step) const;

private:
    const hw_space::Accelerator& accelerator_;
    const EnergyTable& energy_;
    core::Bytes room_;
};

}  // namespace dyad::models
