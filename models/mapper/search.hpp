// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "models/mapper/cost.hpp"

namespace dyad::models::mapper {

/// The mappings among which the best is looked for: per role the options of role_options(), and which role runs
/// innermost (one that has several tiles; pixels when none has). All buffers hold the same tile. A mapping has at most
/// so many tiles as the smallest of `tile_limits` that lets any mapping fit; energy, which gains nothing from small
/// tiles that only shorten the first load, is searched up to the last limit at once.
struct Space {
    ByRole<std::vector<RoleOption>> options{};
    double most_tiles = 0;
};
inline constexpr std::uint64_t tile_limits[] = {64, 512, 4096, 65'536};

[[nodiscard]] Space space(const Problem& problem, const NestByRole& nest, std::uint64_t most_tiles);

/// Whether the role may run innermost.
[[nodiscard]] bool may_run_innermost(const ByRole<const RoleOption*>& options, Role role);

/// The order of mappings: cheaper by the objective, then by what it leaves out, then fewer tiles. Mappings that are
/// equal in all of these keep the order in which Space lists them.
struct Rank {
    double value, other, tiles;
    friend auto operator<=>(const Rank&, const Rank&) = default;
};
[[nodiscard]] Rank rank(const Cost& cost, const Candidate& candidate, Objective objective);

struct Found {
    ByRole<RoleOption> options{};
    Role inner = Role::pixels;
    Cost cost{};
    bool optimal = true;
    std::uint64_t evaluated = 0, pruned = 0;
};

/// The first mapping of the lowest rank in the space, by branch and bound; nothing when no tile fits. A budget of
/// evaluations (0 = none) may end it early, but not before a mapping is found.
[[nodiscard]] std::optional<Found> search(const Problem& problem, const NestByRole& nest);

}  // namespace dyad::models::mapper
