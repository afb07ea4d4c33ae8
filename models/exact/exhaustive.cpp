// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "models/exact/orders.hpp"
#include "models/exact/search.hpp"
#include "models/exact/tuples.hpp"
#include "models/nest/counter.hpp"

namespace dyad::models::exact {
namespace {

/// Every way to fill all slots, and every order of every level's loops.
class Exhaustive {
public:
    Exhaustive(const Space& space, bool imperfect, Incumbent& best)
        : space_(space),
          traffic_(space),
          tuples_(space, slots(space, 0, 0, space.levels.size()), imperfect),
          counter_(space.nest, space.hierarchy),
          best_(best) {
        for (std::size_t l = 0; l < space.levels.size(); ++l) tables_.emplace_back(traffic_, l);
    }

    void run() {
        if (fits()) fill(0);
    }

private:
    void fill(std::size_t dim) {
        if (dim == space_.nest.dims.size()) return order(0);
        for (std::size_t i = 0; i < tuples_.count(dim) && !best_.stop(); ++i) {
            if (tuples_.product(dim, i) != space_.nest.dims[dim].size) continue;
            tuples_.put(dim, i, tiling_);
            if (fits()) fill(dim + 1);
        }
        for (std::size_t l = 0; l < space_.levels.size(); ++l) tiling_.time[l][dim] = tiling_.space[l][dim] = 1;
    }

    [[nodiscard]] bool fits() const {
        const auto tiles = traffic_.tiles(tiling_);
        for (std::size_t l = 0; l < space_.levels.size(); ++l)
            if (!traffic_.fits(l, tiles[l]) || !columns_of(space_, l, tiling_.space[l])) return false;
        return true;
    }

    void order(std::size_t level) {
        if (level == space_.levels.size()) return cost();
        std::uint32_t loops = 0;
        for (std::size_t d = 0; d < space_.nest.dims.size(); ++d)
            if (tiling_.time[level][d] > 1) loops |= std::uint32_t{1} << d;
        for (const auto& one : tables_[level].all(loops)) {
            orders_[level] = &one;
            order(level + 1);
            if (best_.stop()) return;
        }
    }

    void cost() {
        const auto& counts = counter_.count(to_mapping(space_, tiling_, orders_));
        const Cost cost{static_cast<double>(steady_cycles(space_.hierarchy, counts)),
                        access_energy(space_.nest, space_.hierarchy, counts).count()};
        best_.offer(cost, space_, tiling_, orders_);
    }

    const Space& space_;
    Traffic traffic_;
    Tuples tuples_;
    NestCounter counter_;
    Incumbent& best_;
    std::vector<OrderTable> tables_;
    Tiling tiling_ = no_loops();
    Orders orders_{};
};

}  // namespace

Searched try_all(const Space& space, const ExactOptions& options, Incumbent& best) {
    Exhaustive(space, options.imperfect, best).run();
    return pass_over(space, options);
}

}  // namespace dyad::models::exact
