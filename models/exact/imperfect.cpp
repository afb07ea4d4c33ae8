// SPDX-License-Identifier: Apache-2.0
#include "models/exact/bound.hpp"
#include "models/exact/search.hpp"
#include "models/exact/trial.hpp"
#include "models/exact/tuples.hpp"

namespace dyad::models::exact {
namespace {

class Imperfect {
public:
    Imperfect(const Space& space, const ExactOptions& options, Incumbent& best)
        : space_(space),
          options_(options),
          traffic_(space),
          tuples_(space, slots(space, 0, 0, space.levels.size()), true),
          trial_(traffic_, options.objective, best),
          bound_(traffic_),
          best_(best) {}

    Searched run() {
        while (best_.found() && !best_.stop() && improve()) {
        }
        trial_.tiling = no_loops();
        if (trial_.fits()) fill(0, 0);
        return {rank(bound_.of_all(), options_.objective).first, pruned_};
    }

private:
    [[nodiscard]] std::size_t dims() const { return space_.nest.dims.size(); }

    void clear(std::size_t dim) {
        for (std::size_t l = 0; l < space_.levels.size(); ++l)
            trial_.tiling.time[l][dim] = trial_.tiling.space[l][dim] = 1;
    }

    // Changes of the best mapping so far.

    /// Up to three other factors of one dimension after another; false when none of them is better.
    bool improve() {
        bool better = false;
        for (std::size_t d = 0; d < dims(); ++d) {
            const auto before = best_.tiling();
            trial_.tiling = before;
            for (std::size_t i = 0; i < tuples_.count(d) && !best_.stop(); ++i) {
                tuples_.put(d, i, trial_.tiling);
                if (changes(before, d) <= 3 && trial_.fits()) better |= trial_.order_by_level();
            }
        }
        return better;
    }

    [[nodiscard]] std::size_t changes(const Tiling& before, std::size_t dim) const {
        std::size_t count = 0;
        for (std::size_t l = 0; l < space_.levels.size(); ++l) {
            count += trial_.tiling.time[l][dim] != before.time[l][dim];
            count += trial_.tiling.space[l][dim] != before.space[l][dim];
        }
        return count;
    }

    // All of them.

    void fill(std::size_t dim, std::uint32_t set) {
        if (best_.stop()) return;
        if (best_.hopeless(bound_(trial_.tiling, set))) {
            ++pruned_;
            return;
        }
        if (dim == dims()) return trial_.order_all();
        for (std::size_t i = 0; i < tuples_.count(dim) && !best_.stop(); ++i) {
            tuples_.put(dim, i, trial_.tiling);
            if (trial_.fits()) fill(dim + 1, set | std::uint32_t{1} << dim);
        }
        clear(dim);
    }

    const Space& space_;
    const ExactOptions& options_;
    Traffic traffic_;
    Tuples tuples_;
    Trial trial_;
    const Bound bound_;
    Incumbent& best_;
    std::uint64_t pruned_ = 0;
};

}  // namespace

Searched try_imperfect(const Space& space, const ExactOptions& options, Incumbent& best) {
    return Imperfect(space, options, best).run();
}

}  // namespace dyad::models::exact
