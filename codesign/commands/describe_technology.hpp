// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/commands/description.hpp"

namespace dyad::codesign {

/// A technology node: every figure with its source.
[[nodiscard]] Description describe_technology(const core::Document& document);
/// The DRAM standards of a file, each with its peak, then every row of all of them.
[[nodiscard]] Description describe_standards(const core::Document& document);
/// One shipped DRAM standard by name. Throws core::Error with the known names.
[[nodiscard]] Description describe_standard(const std::string& name);

}  // namespace dyad::codesign
