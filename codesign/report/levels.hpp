// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/choice_space.hpp"

namespace dyad::codesign {

/// Genomes as rows of levels: 0 where a choice is not active, then its settings; ranges of many settings in 32 bins.
class Levels {
public:
    explicit Levels(const core::ChoiceSpace& space) : space_(space) {}
    [[nodiscard]] std::vector<std::uint8_t> row(const core::Genome& genome) const;
    /// What a level above 0 stands for.
    [[nodiscard]] std::string label(std::size_t gene, std::uint8_t level) const;
    [[nodiscard]] bool ordered(std::size_t gene) const;

private:
    static constexpr std::size_t bins = 32, most = 62;
    [[nodiscard]] bool binned(const core::Gene& gene) const { return gene.count() == 0 || gene.count() > most; }

    const core::ChoiceSpace& space_;
};

}  // namespace dyad::codesign
