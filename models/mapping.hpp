// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/kernel.hpp"

namespace dyad::models {

/// One storage level as the nest sees it, outermost first. Words, not bytes: each operand has a precision of its own.
struct StorageLevel {
    std::string name;
    std::array<bool, 3> keeps{true, true, true};    ///< by Operand
    std::array<std::uint64_t, 3> capacity_words{};  ///< per instance and operand; 0 = none of its own (see shared_bits)
    std::uint64_t shared_bits = 0;                  ///< one pool for all kept operands; 0 = unbounded or per-operand
    std::uint64_t fanout_rows = 1, fanout_cols = 1;  ///< children of one instance
    double read_words_per_cycle = 0, write_words_per_cycle = 0,
           shared_words_per_cycle = 0;                          ///< per instance; 0 = unbounded
    std::array<core::Joules, 3> read_energy{}, write_energy{};  ///< a word, by Operand
};

/// The memories above one engine and the engine's own registers, down to the multipliers.
struct Hierarchy {
    std::vector<StorageLevel> levels;  ///< [0] = DRAM
    core::Joules mac_energy;           ///< a multiply-accumulate at the kernel's precisions
};

enum class LoopAxis : std::uint8_t { temporal, rows, cols };

struct Loop {
    std::size_t dim = 0;
    std::uint64_t factor = 1;
    LoopAxis axis = LoopAxis::temporal;
};

/// The loops of one level, outermost first: temporal ones, then the spatial ones over its children.
struct LevelMapping {
    std::vector<Loop> loops;
    std::array<bool, 3> keeps{true, true, true};
};

/// A mapping of a nest onto a hierarchy: one entry a level. Factors of a dimension multiply to at least its size; when
/// they multiply to more the last tile is short (imperfect factors).
struct Mapping {
    std::vector<LevelMapping> levels;
};

/// What one level does for one operand, in words, totals over all used instances (interfaces.md, `map`).
struct LevelCounts {
    std::uint64_t instances = 0, tile_words = 0, reads = 0, fills = 0, updates = 0;
    std::uint64_t multicast = 1, spatial_reductions = 0;
};

/// counts[level][operand]; levels that bypass an operand hold zeros.
struct AccessCounts {
    std::vector<std::array<LevelCounts, 3>> levels;
    std::uint64_t compute_cycles = 0;  ///< temporal iterations of the innermost body; follows short last tiles
    std::uint64_t engaged_multipliers = 0;
};

/// Access counts by the rules of cost_model.md section 3. NestCounter (models/nest/counter.hpp) does the same for many
/// mappings of one nest without allocating.
[[nodiscard]] AccessCounts count_accesses(const LoopNest& nest, const Hierarchy& hierarchy, const Mapping& mapping);

/// max(compute, accesses / bandwidth) over all levels (cost_model.md section 3, rule 6).
[[nodiscard]] std::uint64_t steady_cycles(const Hierarchy& hierarchy, const AccessCounts& counts);

/// Accesses x energy per access over all levels, plus the multiply-accumulates (cost_model.md section 3, rule 6).
[[nodiscard]] core::Joules access_energy(const LoopNest& nest, const Hierarchy& hierarchy, const AccessCounts& counts);

/// Why a mapping cannot be used (factors too small, tile does not fit, fan-out exceeded); empty when it can.
[[nodiscard]] std::vector<std::string> why_invalid(const LoopNest& nest, const Hierarchy& hierarchy,
                                                   const Mapping& mapping, const std::array<unsigned, 3>& operand_bits);

}  // namespace dyad::models
