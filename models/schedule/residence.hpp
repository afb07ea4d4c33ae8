// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "models/schedule.hpp"

namespace dyad::models {

/// The buffer in which a tensor can wait between its producer and its consumers: the outermost one that keeps both
/// inputs and outputs; nothing when the chip has none.
[[nodiscard]] std::optional<std::size_t> residence(const hw_space::Accelerator& accelerator);

/// The outermost buffer that keeps weights; nothing when they stream past all of them.
[[nodiscard]] std::optional<std::size_t> weight_buffer(const hw_space::Accelerator& accelerator);

/// The buffer whose space is shared out over time: the residence, or else where weights wait, or else the outermost.
[[nodiscard]] std::size_t watched_buffer(const hw_space::Accelerator& accelerator);

/// Tensors that stay on chip or not together, because one operand of one kernel is made of them (a concatenation, the
/// outputs of a split).
struct TensorGroup {
    std::vector<std::size_t> tensors;
    core::Bytes saved;  ///< DRAM traffic that their residence spares
};

/// The groups that could stay in the residence buffer (the chip has one): made and read by engines only, whole (no
/// partial sums spill to DRAM). Inputs and outputs of the network are none of them. In order of their first tensor.
[[nodiscard]] std::vector<TensorGroup> resident_candidates(const Schedule& schedule);

/// A tensor that waits in the residence buffer: from the start of the step that makes it to the end of the last of
/// those that use it, the maker among them.
struct Stay {
    core::Bytes bytes;
    std::size_t maker = 0;
    std::vector<std::size_t> users;
};
/// In the order of the tensors.
[[nodiscard]] std::vector<Stay> stays(const Schedule& schedule);

/// Sets the homes of a step's operands from where each tensor lives.
void set_homes(Step& step, const Dataflow& dataflow, const hw_space::Accelerator& chip,
               const std::vector<Home>& home_of_tensor);

/// Space that a step's tiles take in `buffer`. In the residence buffer the tile of a resident operand is part of the
/// tensor, unless partial sums gather in it.
[[nodiscard]] core::Bytes working_space(const Step& step, std::size_t buffer, bool is_residence);

}  // namespace dyad::models
