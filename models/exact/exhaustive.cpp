// SPDX-License-Identifier: Apache-2.0
#include "models/exact/search.hpp"
#include "models/exact/trial.hpp"
#include "models/exact/tuples.hpp"

namespace dyad::models::exact {
namespace {

/// Every way to fill all slots, and every order of every level's loops.
class Exhaustive {
public:
    Exhaustive(const Space& space, const ExactOptions& options, Incumbent& best)
        : space_(space),
          traffic_(space),
          tuples_(space, slots(space, 0, 0, space.levels.size()), options.imperfect),
          best_(best),
          trial_(traffic_, options.objective, best, Trial::Try::every) {}

    void run() {
        if (trial_.fits()) fill(0);
    }

private:
    void fill(std::size_t dim) {
        if (dim == space_.nest.dims.size()) return trial_.order_all();
        auto& tiling = trial_.tiling;
        for (std::size_t i = 0; i < tuples_.count(dim) && !best_.stop(); ++i) {
            if (tuples_.product(dim, i) != space_.nest.dims[dim].size) continue;
            tuples_.put(dim, i, tiling);
            if (trial_.fits()) fill(dim + 1);
        }
        for (std::size_t l = 0; l < space_.levels.size(); ++l) tiling.time[l][dim] = tiling.space[l][dim] = 1;
    }

    const Space& space_;
    Traffic traffic_;
    Tuples tuples_;
    Incumbent& best_;
    Trial trial_;
};

}  // namespace

Searched try_all(const Space& space, const ExactOptions& options, Incumbent& best) {
    Exhaustive(space, options, best).run();
    return pass_over(space, options);
}

}  // namespace dyad::models::exact
