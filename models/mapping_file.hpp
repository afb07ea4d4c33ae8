// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hw_space/hierarchy.hpp"
#include "models/nest/idle.hpp"

namespace dyad::core {
class Value;
}  // namespace dyad::core

namespace dyad::models {

/// Reads a mapping file for a nest on levels of these names, outermost first:
///     mapping:
///       - {level: DRAM, loops: [{M: 2}, {P: 2}]}
///       - {level: shared, keeps: [inputs, outputs], loops: [{C: 4}], rows: [{R: 3}], cols: [{P: 14}]}
/// Loops stand from the outermost; a level that is not named has none and keeps everything. Records every error in
/// value.errors(); returns nothing then.
[[nodiscard]] std::optional<Mapping> parse_mapping(const core::Value& value, const LoopNest& nest,
                                                   const std::vector<std::string>& levels);

/// The list under `mapping`. Of a mapping that is complete, `check` (may be empty) tells what else is wrong with it.
[[nodiscard]] std::optional<Mapping> parse_levels(
    const core::Value& list, const LoopNest& nest, const std::vector<std::string>& levels,
    const std::function<std::vector<LevelFault>(const Mapping&)>& check = {});

/// A mapping as the text of a mapping file.
[[nodiscard]] std::string mapping_yaml(const Mapping& mapping, const LoopNest& nest,
                                       const std::vector<std::string>& levels);

/// The hierarchy of an imported design as the nest sees it.
[[nodiscard]] Hierarchy storage_levels(const hw_space::ExplicitHierarchy& given);
/// The same for a kernel with zeros: compressed words cost less to move (partial sums are never compressed), and zeros
/// switch off multipliers and what each has of its own. Rates and capacities stay.
[[nodiscard]] Hierarchy storage_levels(const hw_space::ExplicitHierarchy& given, const Kernel& kernel);

/// Cycles before the steady state starts and after it ends: the first tiles of inputs and weights travel inwards and
/// the last tile of outputs travels out, level by level at each level's rate.
[[nodiscard]] std::uint64_t fill_and_drain_cycles(const Hierarchy& hierarchy, const AccessCounts& counts);

}  // namespace dyad::models
