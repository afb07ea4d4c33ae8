// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/commands/description.hpp"
#include "core/choice_space.hpp"

namespace dyad::codesign {

/// A row a gene.
[[nodiscard]] Description::Section genes_section(const core::ChoiceSpace& space);
/// How many designs there are; "infinite" with continuous genes.
[[nodiscard]] Description::Json size_of(const core::ChoiceSpace& space);

/// Genes and size; of a space of networks also the least, middle and greatest of some members, each as likely as any
/// other.
[[nodiscard]] Description describe_space(const std::string& name, const core::Document& document,
                                         const core::ChoiceSpace& space);

}  // namespace dyad::codesign
