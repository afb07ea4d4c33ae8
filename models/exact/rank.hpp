// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "models/exact/exact.hpp"
#include "models/exact/traffic.hpp"

namespace dyad::models::exact {

/// What a search minimizes: the objective, then (latency alone) energy.
struct Rank {
    double first = 0, second = 0;
    friend auto operator<=>(const Rank&, const Rank&) = default;
};

[[nodiscard]] inline Rank rank(const Cost& cost, Objective objective) {
    if (objective == Objective::latency) return {cost.cycles, cost.energy};
    return {objective == Objective::energy ? cost.energy : cost.energy * cost.cycles, 0};
}

/// Whether nothing of at least this `bound` can be better than `best`, but for the rounding of sums.
[[nodiscard]] inline bool hopeless(const Rank& bound, const Rank& best, Objective objective) {
    constexpr double nearly = 1 - 1e-12;
    if (objective != Objective::latency) return bound.first >= best.first * nearly;
    return bound.first > best.first || (bound.first == best.first && bound.second >= best.second * nearly);
}

/// The best so far, and when to stop.
class Incumbent {
public:
    explicit Incumbent(const ExactOptions& options) : options_(options) {}
    /// Whether it is the best so far.
    bool offer(const Cost& cost, const Space& space, const Tiling& tiling, const Orders& orders) {
        ++evaluated_;
        if (const auto one = rank(cost, options_.objective); !found_ || one < best_) {
            best_ = one;
            found_ = true;
            mapping_ = to_mapping(space, tiling, orders);
            return true;
        }
        return false;
    }
    [[nodiscard]] bool hopeless(const Cost& bound) const {
        return found_ && exact::hopeless(rank(bound, options_.objective), best_, options_.objective);
    }
    [[nodiscard]] const Mapping* mapping() const { return found_ ? &mapping_ : nullptr; }
    /// Whether a budget has run out.
    [[nodiscard]] bool stop() {
        if (stopped_ || !found_) return stopped_;
        stopped_ = (options_.evaluations > 0 && evaluated_ >= options_.evaluations) ||
                   (options_.out_of_time && options_.out_of_time());
        return stopped_;
    }
    /// The result, when no mapping left out ranks before `least`.
    [[nodiscard]] std::optional<ExactMapping> result(double least, std::uint64_t pruned) const {
        if (!found_) return std::nullopt;
        ExactMapping result{mapping_, !stopped_, 0, evaluated_, pruned};
        if (stopped_ && best_.first > 0) result.gap = std::max(0.0, (best_.first - least) / best_.first);
        return result;
    }

private:
    const ExactOptions& options_;
    Rank best_;
    bool found_ = false, stopped_ = false;
    Mapping mapping_;
    std::uint64_t evaluated_ = 0;
};

}  // namespace dyad::models::exact
