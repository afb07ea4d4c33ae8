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

/// Searches a space with every choice of what passes by which level.
class Choices {
public:
    Choices(Space& space, const ExactOptions& options)
        : space_(space), options_(options), places_(options.bypass ? open_places(space) : std::vector<Place>{}) {}

    std::optional<ExactMapping> best() {
        each(options_.exhaustive ? exact::try_all : exact::branch_and_bound, 0);
        if (options_.imperfect && !options_.exhaustive) {
            // The larger space starts from what is best of the smaller one, whatever that took.
            if (options_.evaluations == 0 && !options_.out_of_time) best_.allow(most_imperfect);
            each(exact::try_imperfect, best_.choice());
        }
        return best_.result(least_, pruned_);
    }

private:
    /// All choices, `first` first.
    void each(const auto& search, std::uint32_t first) {
        one(search, first);
        for (std::uint32_t choice = 0; choice < std::uint32_t{1} << places_.size(); ++choice)
            if (choice != first) one(search, choice);
    }

    void one(const auto& search, std::uint32_t choice) {
        for (std::size_t i = 0; i < places_.size(); ++i)
            space_.levels[places_[i].level].keeps[places_[i].operand] = (choice >> i & 1) == 0;
        best_.enter(choice);
        const auto searched = best_.stop() ? exact::pass_over(space_, options_) : search(space_, options_, best_);
        least_ = std::min(least_, searched.least);
        pruned_ += searched.pruned;
    }

    Space& space_;
    const ExactOptions& options_;
    std::vector<Place> places_;
    exact::Incumbent best_{options_};
    double least_ = std::numeric_limits<double>::infinity();
    std::uint64_t pruned_ = 0;
};

std::optional<ExactMapping> best_of(const Space& all, const ExactOptions& options) {
    auto reduced = exact::reduce(all);
    if (!reduced) return std::nullopt;
    auto result = Choices(reduced->space, options).best();
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
