// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/search/algorithm.hpp"
#include "codesign/search/novelty.hpp"
#include "codesign/search/survival.hpp"

namespace dyad::codesign {

/// The loop of NSGA-II (Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002) over the
/// genes of a space: binary tournaments, children by crossover and mutation, the best of parents and children stay.
class Evolution final : public Algorithm {
public:
    Evolution(const core::ChoiceSpace& space, const SearchOptions& options, std::unique_ptr<Survival> survival);
    [[nodiscard]] std::vector<core::Genome> ask() override;
    void tell(const std::vector<Fitness>& fitness) override;

private:
    struct Member {
        core::Genome genome;
        Fitness fitness;
        std::size_t rank = 0;
        double room = 0;
    };
    [[nodiscard]] std::vector<core::Genome> first_generation();
    [[nodiscard]] std::optional<core::Genome> offspring(core::Stream& random);
    [[nodiscard]] const Member& tournament(core::Stream& random) const;

    const core::ChoiceSpace& space_;
    SearchOptions options_;
    std::unique_ptr<Survival> survival_;
    Novelty novelty_;
    std::size_t generation_ = 0;
    std::vector<Member> population_;
    std::vector<core::Genome> asked_;
};

}  // namespace dyad::codesign
