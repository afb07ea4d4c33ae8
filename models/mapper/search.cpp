// SPDX-License-Identifier: Apache-2.0
#include "models/mapper/search.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

namespace dyad::models::mapper {
namespace {

/// Roles in the order in which the search fixes them; the last one has the most options.
constexpr auto depth_of_pixels = roles.size() - 1;

/// A space without its needless options.
struct Choices {
    ByRole<std::shared_ptr<const RoleChoices>> roles;
    double most_tiles = 0;
};

Choices choices(const Problem& problem, const NestByRole& nest, std::uint64_t limit, RoleMemo& memo) {
    Choices result{.roles = {}, .most_tiles = static_cast<double>(limit)};
    for (const auto role : roles)
        result.roles[index(role)] = memo.choices(nest, role, problem.engine.walk[index(role)], limit);
    return result;
}

/// All options of a space, for who wants to see every mapping.
Choices everything(const Space& space) {
    Choices result{.roles = {}, .most_tiles = space.most_tiles};
    for (const auto role : roles) {
        const auto& all = space.options[index(role)];
        result.roles[index(role)] = std::make_shared<const RoleChoices>(RoleChoices{all, ideal(all)});
    }
    return result;
}

class Search {
public:
    Search(const Problem& problem, const NestByRole& nest, const Choices& choices, const Limits& limits)
        : problem_(problem), limits_(limits), cost_(problem, nest), choices_(choices) {
        for (const auto role : roles) candidate_.options[index(role)] = &choices_.roles[index(role)]->ideal;
    }

    std::optional<Found> run() {
        for (const auto role : {Role::pixels, Role::filters, Role::window}) {
            candidate_.inner = role;
            if (cut_)
                leave_out();
            else
                descend(0, 1);
        }
        if (!best_) return std::nullopt;
        Found found{.inner = best_->inner, .cost = best_cost_, .optimal = !cut_, .evaluated = evaluated_};
        if (cut_ && best_rank_.value > 0) found.gap = std::max(0.0, 1 - left_out_ / best_rank_.value);
        for (const auto role : roles) found.options[index(role)] = *best_->options[index(role)];
        found.pruned = mappings() - evaluated_;
        return found;
    }

private:
    /// All mappings of the space after dominance; those not evaluated were pruned.
    [[nodiscard]] std::uint64_t mappings() const {
        std::uint64_t product = roles.size() - 1;
        for (const auto& role : choices_.roles) product *= role->options.size();
        return product;
    }

    void descend(std::size_t at, double tiles) {
        for (const auto& option : choices_.roles[at]->options) {
            if (tiles * option.tiles > choices_.most_tiles) break;
            candidate_.options[at] = &option;
            if (cut_)
                leave_out();
            else if (at == depth_of_pixels)
                evaluate();
            else if (limits_.exhaustive || promising())
                descend(at + 1, tiles * option.tiles);
        }
        candidate_.options[at] = &choices_.roles[at]->ideal;
    }

    /// Whether some completion may fit and rank before the best.
    [[nodiscard]] bool promising() const {
        return cost_.fits(candidate_) && (!best_ || rank_of(cost_(candidate_)).value <= best_rank_.value);
    }

    /// Remembers the least that the mappings which the budget leaves out can cost.
    void leave_out() {
        if (cost_.fits(candidate_)) left_out_ = std::min(left_out_, rank_of(cost_(candidate_)).value);
    }

    [[nodiscard]] bool budget_is_spent() const {
        constexpr std::uint64_t now_and_then = 256;
        return (problem_.evaluations > 0 && evaluated_ >= problem_.evaluations) ||
               (limits_.out_of_time && evaluated_ % now_and_then == 0 && limits_.out_of_time());
    }

    void evaluate() {
        if (!may_run_innermost(candidate_.options, candidate_.inner) || !cost_.fits(candidate_)) return;
        ++evaluated_;
        const auto cost = cost_(candidate_);
        const auto rank = rank_of(cost);
        if (!best_ || rank < best_rank_) {
            best_ = candidate_;
            best_cost_ = cost;
            best_rank_ = rank;
        }
        cut_ = budget_is_spent();
    }

    [[nodiscard]] Rank rank_of(const Cost& cost) const { return rank(cost, candidate_, problem_.objective); }

    const Problem& problem_;
    const Limits& limits_;
    const CostModel cost_;
    const Choices& choices_;
    Candidate candidate_;
    std::optional<Candidate> best_;
    Cost best_cost_;
    Rank best_rank_{};
    double left_out_ = std::numeric_limits<double>::infinity();
    std::uint64_t evaluated_ = 0;
    bool cut_ = false;
};

/// The fewest tiles with which a mapping fits.
class FewestTiles {
public:
    FewestTiles(const Problem& problem, const NestByRole& nest, const Choices& choices)
        : cost_(problem, nest), choices_(choices), fewest_(choices.most_tiles + 1) {}

    /// 0 when none of the space fits.
    std::uint64_t find() {
        descend(0, 1);
        return fewest_ > choices_.most_tiles ? 0 : static_cast<std::uint64_t>(fewest_);
    }

private:
    void descend(std::size_t at, double tiles) {
        if (at == candidate_.options.size()) {
            if (cost_.fits(candidate_)) fewest_ = tiles;
            return;
        }
        for (const auto& option : choices_.roles[at]->options) {
            if (tiles * option.tiles >= fewest_) break;
            candidate_.options[at] = &option;
            descend(at + 1, tiles * option.tiles);
        }
    }

    const CostModel cost_;
    const Choices& choices_;
    Candidate candidate_;
    double fewest_;
};

/// A limit on tiles, and what the space has under it.
struct Limited {
    std::uint64_t tiles = 0;
    Choices choices;
};

std::optional<Limited> limited(const Problem& problem, const NestByRole& nest, RoleMemo& memo) {
    if (problem.objective == Objective::energy) return Limited{most_tiles, choices(problem, nest, most_tiles, memo)};
    for (auto limit = usual_tiles; limit <= most_tiles; limit *= 4) {
        auto all = choices(problem, nest, limit, memo);
        const auto fewest = FewestTiles(problem, nest, all).find();
        if (fewest == 0) continue;
        const auto tiles = std::clamp(spare_tiles * fewest, usual_tiles, most_tiles);
        return Limited{tiles, tiles == limit ? std::move(all) : choices(problem, nest, tiles, memo)};
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> tile_limit(const Problem& problem, const NestByRole& nest, RoleMemo& memo) {
    const auto found = limited(problem, nest, memo);
    return found ? std::optional(found->tiles) : std::nullopt;
}

Space space(const Problem& problem, const NestByRole& nest, std::uint64_t limit) {
    Space result{.most_tiles = static_cast<double>(limit)};
    for (const auto role : roles)
        result.options[index(role)] = role_options(nest, role, problem.engine.walk[index(role)], limit);
    return result;
}

bool may_run_innermost(const ByRole<const RoleOption*>& options, Role role) {
    if (options[index(role)]->tiles > 1) return true;
    const auto split = [](const RoleOption* option) { return option->tiles > 1; };
    return role == Role::pixels && std::ranges::none_of(options | std::views::drop(1), split);
}

Rank rank(const Cost& cost, const Candidate& candidate, Objective objective) {
    const auto other = objective == Objective::latency ? cost.energy : cost.cycles;
    return {cost.value(objective), other, candidate.tiles()};
}

std::optional<Found> search_one_tile(const Problem& problem, const NestByRole& nest, RoleMemo& memo) {
    const auto one = choices(problem, nest, 1, memo);
    const auto found = Search(problem, nest, one, {}).run();
    return found ? found : search(problem, nest, {}, memo);
}

std::optional<Found> search(const Problem& problem, const NestByRole& nest, const Limits& limits, RoleMemo& memo) {
    const auto all = limited(problem, nest, memo);
    if (!all) return std::nullopt;
    if (!limits.exhaustive) return Search(problem, nest, all->choices, limits).run();
    const auto every = everything(space(problem, nest, all->tiles));
    return Search(problem, nest, every, limits).run();
}

std::optional<Found> search(const Problem& problem, const NestByRole& nest, const Limits& limits) {
    RoleMemo nothing(0);
    return search(problem, nest, limits, nothing);
}

}  // namespace dyad::models::mapper
