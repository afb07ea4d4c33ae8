// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "models/exact/trial.hpp"
#include "models/exact/tuples.hpp"

namespace dyad::models::exact {
namespace {

/// Goes downhill by moving one divisor of a factor to another place at a time.
class Descent {
public:
    Descent(const Traffic& traffic, Objective objective, Incumbent& best)
        : space_(traffic.space()),
          best_(best),
          trial_(traffic, objective, best),
          slots_(slots(space_, 0, 0, space_.levels.size())) {}

    void run() {
        for (std::size_t d = 0; d < space_.nest.dims.size(); ++d)
            if (!start(d)) return;
        if (!trial_.fits()) return;
        for (auto better = trial_.order_by_level(); better && !best_.stop();) better = improve();
    }

private:
    [[nodiscard]] static std::uint64_t& at(Tiling& tiling, const Slot& slot, std::size_t dim) {
        return (slot.spatial ? tiling.space : tiling.time)[slot.level][dim];
    }
    [[nodiscard]] bool free(const Slot& slot, std::size_t dim) const {
        return (slot.spatial ? space_.levels[slot.level].space : space_.levels[slot.level].time)[dim] == 0;
    }

    /// Fixed factors, and the rest in the outermost temporal slot that is free.
    bool start(std::size_t dim) {
        auto left = space_.nest.dims[dim].size;
        for (std::size_t l = 0; l < space_.levels.size(); ++l)
            for (const auto spatial : {false, true}) {
                const auto fixed =
                    std::max<std::uint64_t>((spatial ? space_.levels[l].space : space_.levels[l].time)[dim], 1);
                if (left % fixed != 0) return false;
                at(trial_.tiling, {l, spatial}, dim) = fixed;
                left /= fixed;
            }
        for (const auto& slot : slots_)
            if (left > 1 && !slot.spatial && free(slot, dim)) at(trial_.tiling, slot, dim) = std::exchange(left, 1);
        return left == 1;
    }

    bool improve() {
        bool better = false;
        for (std::size_t d = 0; d < space_.nest.dims.size(); ++d)
            for (const auto& from : slots_)
                for (const auto& to : slots_) better |= move(d, from, to);
        return better;
    }

    /// Each prime factor of one slot to another.
    bool move(std::size_t dim, const Slot& from, const Slot& to) {
        if (&from == &to || !free(from, dim) || !free(to, dim)) return false;
        trial_.tiling = best_.tiling();
        bool better = false;
        auto rest = at(trial_.tiling, from, dim);
        for (std::uint64_t p = 2; rest > 1 && !best_.stop(); ++p) {
            if (p * p > rest) p = rest;
            if (rest % p != 0) continue;
            while (rest % p == 0) rest /= p;
            trial_.tiling = best_.tiling();
            auto& source = at(trial_.tiling, from, dim);
            if (source % p != 0) continue;
            source /= p;
            at(trial_.tiling, to, dim) *= p;
            if (trial_.fits()) better |= trial_.order_by_level();
        }
        return better;
    }

    const Space& space_;
    Incumbent& best_;
    Trial trial_;
    std::vector<Slot> slots_;
};

}  // namespace

void descend(const Traffic& traffic, Objective objective, Incumbent& best) { Descent(traffic, objective, best).run(); }

}  // namespace dyad::models::exact
