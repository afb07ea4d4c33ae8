// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "codesign/search/fitness.hpp"
#include "codesign/search/variation.hpp"

namespace dyad::codesign {

/// How a search goes through its space; spelled as in experiment files.
enum class Method : std::uint8_t { nsga2, nsga3, random, exhaustive, local };
[[nodiscard]] const char* name(Method method);

struct SearchOptions {
    Method method = Method::nsga2;
    std::size_t population = 96;   ///< candidates a generation; the lambda of local search
    std::size_t generations = 30;  ///< the first one included; exhaustive search goes on to the end of the space
    std::uint64_t seed = 1;
    /// Ends the search once the hypervolume has grown by less than 0.01 % in so many generations; 0 = never.
    std::size_t stagnation = 0;
    VariationOptions variation;
    /// Pairs to begin with, before any other; canonical.
    std::vector<core::Genome> start;
};

/// Asks for candidates and is told what they are worth; all it does follows from the space, the options and those
/// answers. No genome is asked for twice.
class Algorithm {
public:
    virtual ~Algorithm() = default;
    /// The genomes of the next generation (canonical); empty when the search is over or the space is used up.
    [[nodiscard]] virtual std::vector<core::Genome> ask() = 0;
    /// The fitness of each genome of the last ask().
    virtual void tell(const std::vector<Fitness>& fitness) = 0;
};

/// The space must outlive the algorithm. `objectives`: how many there are.
[[nodiscard]] std::unique_ptr<Algorithm> make_algorithm(const core::ChoiceSpace& space, const SearchOptions& options,
                                                        std::size_t objectives);

}  // namespace dyad::codesign
