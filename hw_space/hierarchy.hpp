// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/quantity.hpp"
#include "hw_space/engine.hpp"
#include "hw_space/memory.hpp"

namespace dyad::core {
class Value;
}  // namespace dyad::core

namespace dyad::hw_space {

/// One level of a memory hierarchy that is given as it stands. Words are of `word_bits`; figures are per instance.
struct MemoryLevel {
    std::string name;
    std::uint64_t instances = 1, columns = 1;  ///< of the whole chip; columns = instances side by side
    core::Words capacity;                      ///< shared by all tensors it keeps; 0 = unbounded
    unsigned word_bits = 16;
    double read_rate = 0, write_rate = 0, shared_rate = 0;  ///< words a cycle; 0 = unbounded
    core::Joules read_energy, write_energy;                 ///< a word
    Compression compression;
};

/// What mappings of one level must obey. Dimensions by name; a factor of 0 means all that is left.
struct MappingConstraint {
    enum class Kind { keeps, temporal, spatial };
    std::string level;
    Kind kind = Kind::keeps;
    std::vector<std::string> keep, bypass;  ///< tensors: weights, inputs, outputs
    std::vector<std::pair<std::string, std::uint64_t>> factors;
    std::vector<std::string> order;                   ///< innermost first, as far as given
    std::optional<std::vector<std::string>> columns;  ///< dimensions of a spatial level that lie on its columns
};

/// A memory hierarchy down to the multipliers, each level and its energies given: the form that imported designs have.
struct ExplicitHierarchy {
    std::vector<MemoryLevel> levels;  ///< outermost first
    std::uint64_t multipliers = 1, multiplier_columns = 1;
    unsigned multiplier_bits = 16;
    core::Joules multiply_energy;  ///< a multiply-accumulate
    Gating gating;                 ///< of the multipliers and of what each has of its own
    std::vector<MappingConstraint> constraints;
};

/// What mappings may keep at a level: all that no constraint makes pass by.
[[nodiscard]] Keeps keeps(const ExplicitHierarchy& hierarchy, const std::string& level);

/// What is wrong with the tensors that a constraint keeps and bypasses. `outermost`: of the level that keeps them all.
[[nodiscard]] std::vector<std::string> bypass_faults(const MappingConstraint& constraint, bool outermost);
/// That the outermost level cannot do without a tensor.
[[nodiscard]] std::string outermost_keeps(const std::string& tensor);

/// Reads the keys `hierarchy`, `multiplier` and `constraints` of an accelerator file. Records every error in
/// value.errors(); returns nothing then.
[[nodiscard]] std::optional<ExplicitHierarchy> parse_hierarchy(const core::Value& levels, const core::Value& multiplier,
                                                               const std::optional<core::Value>& constraints);

}  // namespace dyad::hw_space
