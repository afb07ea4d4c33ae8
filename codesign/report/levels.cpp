// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/levels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dyad::codesign {
namespace {

/// Ends of the values of a gene.
std::pair<double, double> ends(const core::Gene& gene) {
    using Kind = core::Gene::Kind;
    if (gene.kind == Kind::grid || gene.kind == Kind::continuous) return {gene.from, gene.to};
    return {0, static_cast<double>(gene.count() - 1)};
}

}  // namespace

std::vector<std::uint8_t> Levels::row(const core::Genome& genome) const {
    std::vector<std::uint8_t> levels(genome.size());
    for (std::size_t g = 0; g < genome.size(); ++g) {
        if (!space_.active(genome, g)) continue;
        const auto& gene = space_.genes()[g];
        auto at = binned(gene) ? std::size_t{0} : gene.index(genome[g]);
        if (binned(gene)) {
            const auto [low, high] = ends(gene);
            const double share = high > low ? (genome[g] - low) / (high - low) : 0;
            at = static_cast<std::size_t>(std::clamp(share * bins, 0.0, bins - 1.0));
        }
        levels[g] = static_cast<std::uint8_t>(at + 1);
    }
    return levels;
}

std::string Levels::label(std::size_t number, std::uint8_t level) const {
    const auto& gene = space_.genes()[number];
    const std::size_t at = level - 1U;
    if (!binned(gene)) return gene.label(gene.at(at));
    const double share = (static_cast<double>(at) + 0.5) / bins;
    if (gene.count() > 0)
        return gene.label(
            gene.at(static_cast<std::size_t>(std::lround(share * static_cast<double>(gene.count() - 1)))));
    return core::range_text(std::stod(fmt::format("{:.3g}", gene.from + share * (gene.to - gene.from))), gene.unit);
}

bool Levels::ordered(std::size_t gene) const { return space_.genes()[gene].kind != core::Gene::Kind::categorical; }

}  // namespace dyad::codesign
