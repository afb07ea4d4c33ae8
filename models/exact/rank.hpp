// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <bit>

#include "models/exact/exact.hpp"
#include "models/exact/traffic.hpp"

namespace dyad::models::exact {

/// What a search minimizes, in steady state: the objective, then of equals the cycles (energy) or the energy. Figures
/// are rounded to 40 bits, lest the order of a sum decide between equals.
struct Rank {
    double first = 0, second = 0;
    friend auto operator<=>(const Rank&, const Rank&) = default;
};
[[nodiscard]] inline Rank rank(const Cost& cost, Objective objective) {
    constexpr std::uint64_t cut = std::uint64_t{1} << 12;
    const auto rounded = [](double value) {
        return std::bit_cast<double>((std::bit_cast<std::uint64_t>(value) + cut / 2) & ~(cut - 1));
    };
    if (objective == Objective::latency) return {cost.cycles, rounded(cost.energy)};
    if (objective == Objective::energy) return {rounded(cost.energy), cost.cycles};
    return {rounded(cost.energy * cost.cycles), rounded(cost.energy)};
}
/// Rank that nothing falls below which costs at least `bound`, but for the rounding of sums.
[[nodiscard]] inline Rank least_rank(const Cost& bound, Objective objective) {
    constexpr double nearly = 1 - 1e-14;
    return rank({bound.cycles, bound.energy * nearly}, objective);
}

/// The best so far, and when to stop. Of mappings of equal rank the best has the fewest cycles with fill and drain,
/// then comes first in a fixed order (of what passes by the levels, the factors from the outermost level on, the orders
/// of the loops): a total order, so that every search of one space ends at the same mapping.
class Incumbent {
public:
    explicit Incumbent(const ExactOptions& options) : options_(options), limit_(options.evaluations) {}
    /// The number of the space that mappings are offered of from now on.
    void enter(std::uint32_t choice) { choice_ = choice; }
    /// Whether it ranks before all others so far.
    bool offer(const Cost& cost, const Space& space, const Tiling& tiling, const Orders& orders);
    [[nodiscard]] bool hopeless(const Cost& bound) const {
        return found_ && least_rank(bound, options_.objective) > best_;
    }
    [[nodiscard]] bool found() const { return found_; }
    /// Of the best.
    [[nodiscard]] const Tiling& tiling() const { return tiling_; }
    [[nodiscard]] std::uint32_t choice() const { return best_choice_; }
    /// Ends the search after so many mappings more.
    void allow(std::uint64_t more) { limit_ = evaluated_ + more; }
    /// Whether a budget has run out.
    [[nodiscard]] bool stop() {
        constexpr std::uint64_t often = 32;
        if (stopped_) return true;
        stopped_ = (limit_ > 0 && evaluated_ >= limit_) ||
                   (options_.out_of_time && ++polls_ % often == 0 && options_.out_of_time());
        return stopped_;
    }
    /// The result, when no mapping left out ranks before `least`.
    [[nodiscard]] std::optional<ExactMapping> result(double least, std::uint64_t pruned) const;

private:
    using Places = std::array<std::uint32_t, most_levels>;
    [[nodiscard]] bool before(const Space& space, const Tiling& tiling, const Orders& orders, std::uint64_t& cycles);

    const ExactOptions& options_;
    std::uint64_t limit_, evaluated_ = 0, polls_ = 0;
    std::uint32_t choice_ = 0, best_choice_ = 0;
    Rank best_;
    std::uint64_t cycles_ = 0;  ///< of the best, with fill and drain; 0 = not known yet
    bool found_ = false, stopped_ = false;
    Tiling tiling_ = no_loops();
    Places places_{};  ///< of the orders in their tables
    Mapping mapping_;
};

}  // namespace dyad::models::exact
