// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <set>
#include <vector>

#include "codesign/search/fitness.hpp"
#include "codesign/search/variation.hpp"

namespace dyad::codesign {

struct Nsga2Options {
    std::size_t population = 96;
    std::size_t generations = 30;  ///< the first, random one included
    std::uint64_t seed = 1;
    VariationOptions variation;
};

/// NSGA-II (Deb et al. 2002) over the genes of a space. It asks for candidates and is told what they are worth; all it
/// does follows from the space, the options and those answers. No genome is asked for twice.
class Nsga2 {
public:
    Nsga2(const core::ChoiceSpace& space, const Nsga2Options& options);

    /// The new genomes of the next generation (canonical); empty when the generations are done or the space is used up.
    [[nodiscard]] std::vector<core::Genome> ask();
    /// The fitness of each genome of the last ask().
    void tell(const std::vector<Fitness>& fitness);
    [[nodiscard]] std::size_t generation() const { return generation_; }

private:
    struct Member {
        core::Genome genome;
        Fitness fitness;
        std::size_t rank = 0;
        double crowding = 0;
    };
    [[nodiscard]] core::Genome candidate(std::size_t individual, bool& found);
    [[nodiscard]] core::Genome offspring(core::Stream& random) const;
    [[nodiscard]] const Member& tournament(core::Stream& random) const;
    /// Keeps the best of parents and children.
    void select(std::vector<Member> all);

    const core::ChoiceSpace& space_;
    Nsga2Options options_;
    double room_;  ///< distinct genomes of the space
    std::size_t generation_ = 0;
    std::vector<Member> population_;
    std::vector<core::Genome> asked_;
    std::set<core::Genome> seen_;
};

}  // namespace dyad::codesign
