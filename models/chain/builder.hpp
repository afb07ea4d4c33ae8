// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "models/chain/member.hpp"

namespace dyad::models::chain {

/// One way to run a chain: tiles of `rows` x `cols` of the last member's outputs, and what happens to the rows that
/// neighbouring tiles share. Tiles that are kept side by side in a line buffer are as wide as the image.
struct Shape {
    std::uint64_t rows = 1, cols = 1;
    bool cached = true;
};

/// The order in which an engine takes the members that it runs: member `m` is at tile t - lag[m] while the first is at
/// tile t. A member that comes back to an engine after others is one tile behind, so that they overlap.
[[nodiscard]] std::vector<std::uint64_t> lags(const std::vector<Member>& members);

/// Tiles of each member's outputs that there is room for: two where producer and consumer work side by side. 0 for the
/// last member.
[[nodiscard]] std::vector<std::uint64_t> rooms(const std::vector<Member>& members);

/// Bytes of the residence buffer that a chain takes between its members, and by operand: weights of all members, tiles
/// of the first one's inputs and of the last one's outputs.
struct Space {
    core::Bytes held;
    std::array<core::Bytes, 3> operands{};
    /// With inputs or outputs that live in the buffer anyway.
    [[nodiscard]] core::Bytes total(bool inputs_resident, bool outputs_resident) const;
};
[[nodiscard]] Space space(const std::vector<Member>& members, const Shape& shape, const hw_space::Accelerator& chip);

/// The plan of the chain; null when some member's engine cannot run its part, or a buffer other than the residence is
/// too small for those that run side by side.
[[nodiscard]] std::shared_ptr<const KernelPlan> build(const std::vector<Member>& members, const Shape& shape,
                                                      Slices& slices);

}  // namespace dyad::models::chain
