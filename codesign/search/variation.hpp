// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "core/choice_space.hpp"
#include "core/random.hpp"

namespace dyad::codesign {

struct VariationOptions {
    double crossover = 0.9;  ///< probability that a child has two parents
    /// Eta of simulated binary crossover (SBX). Below the usual 10 to 20: the archive keeps what is good, so that the
    /// children may look further.
    double crossover_index = 2;
    double mutation_index = 20;  ///< eta of polynomial mutation
};

/// A child of two canonical genomes; canonical. Genes are decided in order, so that a gene is looked at only when the
/// child's own choices make it active: inherited from a parent in which it is active, drawn afresh when it is active in
/// neither. Continuous genes by SBX and polynomial mutation (Deb and Agrawal 1995; Deb and Goyal 1996), the others
/// swapped whole; each active gene mutates with probability 1 / active genes (of the
/// parent that has more).
[[nodiscard]] core::Genome child(const core::ChoiceSpace& space, const core::Genome& mother, const core::Genome& father,
                                 const VariationOptions& options, core::Stream& random);

/// Another value of one gene: for an ordered gene mostly a neighbour, for a categorical one any other option.
[[nodiscard]] double mutated(const core::Gene& gene, double value, double mutation_index, core::Stream& random);

}  // namespace dyad::codesign
