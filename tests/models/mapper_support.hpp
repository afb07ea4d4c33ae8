// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "core/random.hpp"
#include "models/mapper.hpp"
#include "models/mapper/search.hpp"

namespace dyad::models::mapper_test {

/// A chip in round numbers: 1 GHz, DRAM of 8 bytes a cycle whose rows open at once, one buffer of 64 bytes a cycle
/// that keeps everything, and one array of 4 x 4.
[[nodiscard]] hw_space::Accelerator small_chip(core::Bytes buffer);
[[nodiscard]] hw_space::PeArray small_array(hw_space::ArrayDataflow dataflow);

/// DRAM 100 pJ a byte, buffers 1 pJ read and 2 pJ written, registers and wires nothing, a multiplication 0.5 pJ.
[[nodiscard]] EnergyTable round_energies(const hw_space::Accelerator& chip);

[[nodiscard]] Kernel conv_kernel(const ConvShape& shape);

/// A small kernel and a chip on which it may or may not fit, the same for the same number.
struct RandomCase {
    Kernel kernel;
    hw_space::Accelerator chip;
    EnergyTable energy;
};
[[nodiscard]] RandomCase random_case(std::uint64_t number);

/// The mapper's view of engine 0.
[[nodiscard]] mapper::Problem problem_of(const RandomCase& random, Objective objective);

/// All mappings that a space lists and a cost model lets fit, in order.
template <class Visit>
void for_each_mapping(const mapper::Space& space, const mapper::CostModel& model, const Visit& visit) {
    using mapper::Role;
    mapper::Candidate candidate;
    auto& [g, c, k, m] = candidate.options;
    for (const auto inner : {Role::pixels, Role::filters, Role::window}) {
        candidate.inner = inner;
        for (const auto& group : space.options[0])
            for (const auto& window : space.options[1])
                for (const auto& filter : space.options[2])
                    for (const auto& pixel : space.options[3]) {
                        g = &group, c = &window, k = &filter, m = &pixel;
                        if (candidate.tiles() > space.most_tiles || !model.fits(candidate)) continue;
                        if (mapper::may_run_innermost(candidate.options, inner)) visit(candidate);
                    }
    }
}

}  // namespace dyad::models::mapper_test
