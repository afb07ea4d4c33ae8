// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/choice_space.hpp"

namespace dyad::core {
class Value;
}

namespace dyad::arch_space {

/// How a benchmark writes the members of a space as text. A space's file gives the pattern, under `spelling:` by the
/// name of the table column that holds it: `"|$first~0|"` is literal text around the option of the gene
/// `parameters.first`. An option is written as its label, or as the pattern's `codes:` say.
class Spelling {
public:
    /// The spelling of `column` in a space's file; nothing where the file has none. Records errors in value.errors().
    [[nodiscard]] static std::optional<Spelling> find(const core::Value& space, const core::ChoiceSpace& genes,
                                                      const std::string& column);
    /// The member that `text` names; nothing where it fits no member.
    [[nodiscard]] std::optional<core::Genome> read(std::string_view text) const;
    [[nodiscard]] std::string write(const core::Genome& genome) const;

private:
    struct Slot {
        std::size_t gene = 0;
        std::vector<std::string> options;  ///< as written
    };
    using Part = std::variant<std::string, Slot>;

    [[nodiscard]] std::optional<Slot> slot(const std::string& name) const;

    const core::ChoiceSpace* genes_ = nullptr;
    std::vector<Part> parts_;
};

}  // namespace dyad::arch_space
