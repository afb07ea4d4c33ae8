// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>

#include "models/mapper/options.hpp"
#include "models/mapper/remembered.hpp"

namespace dyad::models::mapper {

/// What the search needs of one role: the options that no other one makes needless, and a bound on all of them.
struct RoleChoices {
    std::vector<RoleOption> options;
    RoleOption ideal;
};

/// Choices by role, across kernels and chips: they follow from the role's sizes, axes and walk, not from memories and
/// energies. Forgets the oldest.
class RoleMemo {
public:
    explicit RoleMemo(std::size_t most) : known_(most) {}
    /// Those with at most `most_tiles` tiles.
    [[nodiscard]] std::shared_ptr<const RoleChoices> choices(const NestByRole& nest, Role role, const Walk& walk,
                                                             std::uint64_t most_tiles);

private:
    Remembered<std::shared_ptr<const RoleChoices>> known_;
};

}  // namespace dyad::models::mapper
