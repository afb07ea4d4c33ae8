// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <vector>

#include "models/analytic/dram_stream.hpp"
#include "models/chain/builder.hpp"
#include "models/schedule/estimate.hpp"

namespace dyad::models::chain {

/// What each way to run a chain on one chip takes, remembered across kernels, candidates and generations.
class Ways {
public:
    Ways(const hw_space::Accelerator& accelerator, const MapOptions& options, const EnergyTable& energy,
         MapperMemo& memo);
    [[nodiscard]] Space space(const std::vector<Member>& members, const Shape& shape);
    /// build(), remembered.
    [[nodiscard]] std::shared_ptr<const KernelPlan> plan(const std::vector<Member>& members, const Shape& shape);
    /// Time and energy of the chain run that way as the only step of `schedule`, alone on the chip.
    [[nodiscard]] Estimate estimate(const std::vector<Member>& members, const Shape& shape, const Schedule& schedule);

private:
    [[nodiscard]] std::vector<std::uint64_t> key(const std::vector<Member>& members, const Shape& shape);
    [[nodiscard]] Estimate estimate(const Schedule& schedule) const;

    const hw_space::Accelerator& chip_;
    const EnergyTable& energy_;
    MapperMemo& memo_;
    Slices slices_;
    const DramStream dram_;
    const std::uint64_t surroundings_;
};

}  // namespace dyad::models::chain
