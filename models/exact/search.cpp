// SPDX-License-Identifier: Apache-2.0
#include "models/exact/search.hpp"

#include <algorithm>

#include "models/exact/bound.hpp"
#include "models/exact/halves.hpp"
#include "models/exact/trial.hpp"

namespace dyad::models::exact {
namespace {

constexpr std::size_t most_halves = 1 << 18;  ///< of a kind at a time, which bounds the memory
constexpr double many_pairs = 1e12;           ///< so many begin with a descent

/// Pairs outer halves with inner ones, those of the lowest bounds first.
class Search {
public:
    Search(const Space& space, const ExactOptions& options, Incumbent& best)
        : options_(options), traffic_(space), halves_(traffic_), best_(best), left_(Bound(traffic_).of_all()) {}

    Searched run() {
        if (halves_.pairs() > many_pairs) descend(traffic_, options_.objective, best_);
        const auto stop = [&] { return best_.stop(); };
        halves_.each_outer(
            [&](const Outer& outer) {
                outers_.push_back(outer);
                if (outers_.size() == most_halves) with_inners(false);
            },
            stop);
        with_inners(true);
        return {rank_of(left_).first, pruned_};
    }

private:
    /// Pairs the outer halves at hand with all inner ones.
    void with_inners(bool last) {
        const auto stop = [&] { return best_.stop(); };
        if (!outers_.empty())
            halves_.each_inner(
                [&](const Inner& inner) {
                    inners_.push_back(inner);
                    firsts_.push_back(shares_.size());
                    shares_.insert(shares_.end(), inner.shares.begin(), inner.shares.end());
                    if (inners_.size() == most_halves) pair_up(false);
                },
                stop);
        pair_up(last);
        outers_.clear();
    }

    [[nodiscard]] Rank rank_of(const Cost& cost) const { return rank(cost, options_.objective); }
    static Cost together(const Cost& a, const Cost& b) { return {std::max(a.cycles, b.cycles), a.energy + b.energy}; }

    template <class List>
    static Cost least_of(const List& list) {
        Cost least{1e300, 1e300};
        for (const auto& one : list) {
            least.cycles = std::min(least.cycles, one.least.cycles);
            least.energy = std::min(least.energy, one.least.energy);
        }
        return least;
    }

    /// Places of a list in the order of its bounds.
    template <class List>
    [[nodiscard]] std::vector<std::uint32_t> sorted(const List& list, const Cost& other) const {
        std::vector<std::pair<Rank, std::uint32_t>> ranked;
        ranked.reserve(list.size());
        for (const auto& one : list)
            ranked.emplace_back(rank_of(together(one.least, other)), static_cast<std::uint32_t>(ranked.size()));
        std::ranges::sort(ranked);
        std::vector<std::uint32_t> places;
        places.reserve(ranked.size());
        for (const auto& one : ranked) places.push_back(one.second);
        return places;
    }

    void pair_up(bool last) {
        if (best_.stop() || inners_.empty() || outers_.empty()) return forget_inners();
        for (std::size_t i = 0; i < inners_.size(); ++i)
            inners_[i].shares = {shares_.data() + firsts_[i], inners_[i].shares.size()};
        const auto least_inner = least_of(inners_), least_outer = least_of(outers_);
        inner_places_ = sorted(inners_, least_outer);
        for (const auto place : sorted(outers_, least_inner)) {
            const auto& outer = outers_[place];
            if (last) left_ = together(outer.least, least_inner);
            if (best_.hopeless(together(outer.least, least_inner))) break;
            pair_up(outer, least_inner, least_outer);
            if (best_.stop()) break;
        }
        forget_inners();
    }

    void forget_inners() {
        inners_.clear();
        shares_.clear();
        firsts_.clear();
    }

    void pair_up(const Outer& outer, const Cost& least_inner, const Cost& least_outer) {
        for (const auto& order : halves_.orders(outer)) {
            if (best_.hopeless(together(order.cost, least_inner))) continue;
            for (const auto place : inner_places_) {
                const auto& inner = inners_[place];
                if (best_.hopeless(together(inner.least, least_outer))) break;
                if (best_.hopeless(together(inner.least, order.cost))) continue;
                if (best_.hopeless({std::max(inner.sure.cycles, order.cost.cycles), least_energy(inner, order)})) {
                    ++pruned_;
                    continue;
                }
                if (halves_.join(outer, inner, tiling_)) complete(order, inner);
                if (best_.stop()) return;
            }
        }
    }

    void complete(const OuterOrder& outer, const Inner& inner) {
        const auto tiles = traffic_.tiles(tiling_);
        if (!traffic_.fits(halves_.middle(), tiles[halves_.middle()])) return;
        auto orders = inner.orders;
        if (halves_.middle() > 0) orders[0] = outer.order;
        for (const auto& order : halves_.table(halves_.middle())[halves_.loops(tiling_.time[halves_.middle()])]) {
            orders[halves_.middle()] = &order;
            best_.offer(traffic_.cost(tiling_, tiles, orders), traffic_.space(), tiling_, orders);
        }
    }

    const ExactOptions& options_;
    Traffic traffic_;
    Halves halves_;
    Incumbent& best_;
    std::vector<Outer> outers_;
    std::vector<Inner> inners_;
    std::vector<Share> shares_;        ///< of all inner halves,
    std::vector<std::size_t> firsts_;  ///< from here on those of each
    std::vector<std::uint32_t> inner_places_;
    Tiling tiling_ = no_loops();
    Cost left_;  ///< nothing left out costs less
    std::uint64_t pruned_ = 0;
};

}  // namespace

Searched branch_and_bound(const Space& space, const ExactOptions& options, Incumbent& best) {
    return Search(space, options, best).run();
}

Searched pass_over(const Space& space, const ExactOptions& options) {
    return {rank(Bound(Traffic(space)).of_all(), options.objective).first, 0};
}

}  // namespace dyad::models::exact
