// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "models/mapper.hpp"
#include "models/mapper/cost.hpp"
#include "models/mapper/role_memo.hpp"

namespace dyad::models::mapper {

/// The mappings among which the best is looked for: per role the options of role_options(), and which role runs
/// innermost (one that has several tiles; pixels when none has). All buffers hold the same tile. There are at most
/// `usual_tiles`, or `spare_tiles` times the fewest with which a mapping fits, but never more than `most_tiles`: ever
/// smaller tiles would always gain something by a shorter first load. Energy gains nothing by that and is searched up
/// to `most_tiles` at once.
struct Space {
    ByRole<std::vector<RoleOption>> options{};
    double most_tiles = 0;
};
inline constexpr std::uint64_t usual_tiles = 64, spare_tiles = 8, most_tiles = 65'536;

/// Space::most_tiles of the space that search() looks at; nothing when no mapping fits. The smaller the buffers, the
/// more.
[[nodiscard]] std::optional<std::uint64_t> tile_limit(const Problem& problem, const NestByRole& nest, RoleMemo& memo);

/// All mappings of up to `limit` tiles.
[[nodiscard]] Space space(const Problem& problem, const NestByRole& nest, std::uint64_t limit);

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
    double gap = 0;  ///< (best found - best bound) / best found; 0 when optimal
    std::uint64_t evaluated = 0, pruned = 0;
};

/// The first mapping of the lowest rank in the space, by branch and bound; nothing when no tile fits. A budget of
/// evaluations (0 = none) or of time may end it early, but not before a mapping is found. What is remembered of roles
/// makes it faster, not different.
[[nodiscard]] std::optional<Found> search(const Problem& problem, const NestByRole& nest, const Limits& limits,
                                          RoleMemo& memo);
[[nodiscard]] std::optional<Found> search(const Problem& problem, const NestByRole& nest, const Limits& limits = {});

/// The mapping with everything in one tile; where that does not fit, the best one.
[[nodiscard]] std::optional<Found> search_one_tile(const Problem& problem, const NestByRole& nest, RoleMemo& memo);

}  // namespace dyad::models::mapper
