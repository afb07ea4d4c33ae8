// SPDX-License-Identifier: Apache-2.0
#include "models/exact/exact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/error.hpp"
#include "models/exact/search.hpp"
#include "models/mapping_file.hpp"

namespace dyad::models {
namespace {

using exact::Space;

struct Place {
    std::size_t level, operand;
};

/// What may pass by or not.
std::vector<Place> open_places(const Space& space) {
    constexpr std::size_t most = 12;
    std::vector<Place> places;
    for (std::size_t l = 0; l < space.levels.size(); ++l)
        for (std::size_t o = 0; o < operands.size(); ++o)
            if (space.levels[l].open[o]) places.push_back({l, o});
    if (places.size() > most)
        throw core::Error(
            fmt::format("{} tensors may pass by a level or not: at most {} (constrain the others with keep or "
                        "bypass)",
                        places.size(), most));
    return places;
}

std::optional<ExactMapping> best_of(const Space& all, ExactOptions options) {
    const bool limited = options.evaluations > 0 || options.out_of_time || options.exhaustive;
    if (options.imperfect && !limited) options.evaluations = most_imperfect;
    auto reduced = exact::reduce(all);
    if (!reduced) return std::nullopt;
    auto& space = reduced->space;
    const auto places = options.bypass ? open_places(space) : std::vector<Place>{};
    exact::Incumbent best(options);
    double least = std::numeric_limits<double>::infinity();
    std::uint64_t pruned = 0;
    for (std::uint32_t passing = 0; passing < std::uint32_t{1} << places.size(); ++passing) {
        for (std::size_t i = 0; i < places.size(); ++i)
            space.levels[places[i].level].keeps[places[i].operand] = (passing >> i & 1) == 0;
        const auto searched = best.stop()          ? exact::Searched{}
                              : options.exhaustive ? exact::try_all(space, options, best)
                              : options.imperfect  ? exact::try_imperfect(space, options, best)
                                                   : exact::branch_and_bound(space, options, best);
        least = std::min(least, searched.least);
        pruned += searched.pruned;
    }
    auto result = best.result(least, pruned);
    if (result) result->mapping = reduced->restore(std::move(result->mapping));
    return result;
}

}  // namespace

std::optional<ExactMapping> map_exactly(const Kernel& kernel, const hw_space::ExplicitHierarchy& given,
                                        const ExactOptions& options) {
    return best_of(exact::make_space(kernel.nest.value(), given, storage_levels(given, kernel)), options);
}

std::optional<ExactMapping> map_exactly(const LoopNest& nest, const hw_space::ExplicitHierarchy& given,
                                        const ExactOptions& options) {
    return best_of(exact::make_space(nest, given, storage_levels(given)), options);
}

}  // namespace dyad::models
