// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/variation.hpp"

#include <algorithm>
#include <cmath>

namespace dyad::codesign {
namespace {

using core::Gene;

/// One child value of simulated binary crossover, kept inside the gene's range.
double sbx(const Gene& gene, double a, double b, double index, core::Stream& random) {
    const double u = random.uniform();
    const double spread = u <= 0.5 ? std::pow(2 * u, 1 / (index + 1)) : std::pow(1 / (2 * (1 - u)), 1 / (index + 1));
    const double sign = random.chance(0.5) ? 1 : -1;
    return std::clamp(0.5 * ((a + b) + sign * spread * (a - b)), gene.from, gene.to);
}

double polynomial(const Gene& gene, double value, double index, core::Stream& random) {
    const double u = random.uniform();
    const double delta = u < 0.5 ? std::pow(2 * u, 1 / (index + 1)) - 1 : 1 - std::pow(2 * (1 - u), 1 / (index + 1));
    return std::clamp(value + delta * (gene.to - gene.from), gene.from, gene.to);
}

double fresh(const Gene& gene, core::Stream& random) {
    if (gene.kind == Gene::Kind::continuous) return gene.from + random.uniform() * (gene.to - gene.from);
    return gene.at(random.below(gene.count()));
}

/// The value that a child inherits for an active gene.
double inherited(const core::ChoiceSpace& space, std::size_t g, const core::Genome& mother, const core::Genome& father,
                 bool crossed, const VariationOptions& options, core::Stream& random) {
    const Gene& gene = space.genes()[g];
    const bool in_mother = space.active(mother, g), in_father = crossed && space.active(father, g);
    if (!in_mother && !in_father) return fresh(gene, random);
    if (!in_father) return mother[g];
    if (!in_mother) return father[g];
    if (!random.chance(0.5)) return mother[g];
    return gene.kind == Gene::Kind::continuous ? sbx(gene, mother[g], father[g], options.crossover_index, random)
                                               : father[g];
}

std::size_t active_genes(const core::ChoiceSpace& space, const core::Genome& genome) {
    std::size_t count = 0;
    for (std::size_t g = 0; g < genome.size(); ++g) count += space.active(genome, g) ? 1 : 0;
    return count;
}

}  // namespace

double mutated(const Gene& gene, double value, double mutation_index, core::Stream& random) {
    if (gene.kind == Gene::Kind::continuous) return polynomial(gene, value, mutation_index, random);
    const auto count = gene.count();
    if (count < 2) return value;
    const auto index = gene.index(value);
    const bool neighbour = gene.kind != Gene::Kind::categorical && random.chance(0.5);
    if (!neighbour) return gene.at((index + 1 + random.below(count - 1)) % count);
    const bool up = index == 0 || (index + 1 < count && random.chance(0.5));
    return gene.at(up ? index + 1 : index - 1);
}

core::Genome child(const core::ChoiceSpace& space, const core::Genome& mother, const core::Genome& father,
                   const VariationOptions& options, core::Stream& random) {
    const bool crossed = random.chance(options.crossover);
    const auto active = std::max({std::size_t{1}, active_genes(space, mother), active_genes(space, father)});
    const double rate = 1.0 / static_cast<double>(active);
    core::Genome genome = mother;
    for (std::size_t g = 0; g < genome.size(); ++g) {
        if (!space.active(genome, g)) continue;
        genome[g] = inherited(space, g, mother, father, crossed, options, random);
        if (random.chance(rate)) genome[g] = mutated(space.genes()[g], genome[g], options.mutation_index, random);
    }
    return space.canonical(std::move(genome));
}

}  // namespace dyad::codesign
