// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <numeric>

#include "codesign/search/survival.hpp"

namespace dyad::codesign {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A front whose members leave one at a time. Each knows its neighbours in every objective, so that a departure renews
/// the distances of those alone.
class Crowd {
public:
    Crowd(const std::vector<Fitness>& all, const std::vector<std::size_t>& front)
        : all_(all), front_(front), distance_(front.size()), present_(front.size(), true) {
        const auto objectives = all[front.front()].objectives.size();
        for (std::size_t k = 0; k < objectives; ++k) orders_.push_back(sorted(k));
        for (std::size_t i = 0; i < front.size(); ++i) distance_[i] = distance(i);
    }

    void remove_most_crowded() {
        std::size_t least = none;
        for (std::size_t i = 0; i < front_.size(); ++i)
            if (present_[i] && (least == none || distance_[i] < distance_[least])) least = i;
        present_[least] = false;
        for (auto& order : orders_) {
            const auto [before, after] = order.links[least];
            if (before != none) order.links[before].after = after;
            if (after != none) order.links[after].before = before;
        }
        for (const auto& order : orders_)
            for (const auto i : {order.links[least].before, order.links[least].after})
                if (i != none) distance_[i] = distance(i);
    }

    [[nodiscard]] std::vector<Survivor> left(std::size_t rank) const {
        std::vector<Survivor> kept;
        for (std::size_t i = 0; i < front_.size(); ++i)
            if (present_[i]) kept.push_back({front_[i], rank, distance_[i]});
        return kept;
    }

private:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
    struct Links {
        std::size_t before = none, after = none;
    };
    /// One objective's order, and its range in the whole front.
    struct Order {
        std::vector<Links> links;
        double range = 0;
    };

    [[nodiscard]] double value(std::size_t i, std::size_t k) const { return all_[front_[i]].objectives[k]; }

    [[nodiscard]] Order sorted(std::size_t k) const {
        std::vector<std::size_t> order(front_.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return value(a, k) < value(b, k); });
        Order result{std::vector<Links>(front_.size()), value(order.back(), k) - value(order.front(), k)};
        for (std::size_t i = 0; i + 1 < order.size(); ++i) {
            result.links[order[i]].after = order[i + 1];
            result.links[order[i + 1]].before = order[i];
        }
        return result;
    }

    [[nodiscard]] double distance(std::size_t i) const {
        double sum = 0;
        for (std::size_t k = 0; k < orders_.size(); ++k) {
            const auto [before, after] = orders_[k].links[i];
            if (before == none || after == none) return infinity;
            if (orders_[k].range > 0) sum += (value(after, k) - value(before, k)) / orders_[k].range;
        }
        return sum;
    }

    const std::vector<Fitness>& all_;
    const std::vector<std::size_t>& front_;
    std::vector<Order> orders_;
    std::vector<double> distance_;
    std::vector<bool> present_;
};

class CrowdingSurvival final : public Survival {
public:
    std::vector<Survivor> choose(const std::vector<Fitness>& all, std::size_t count, core::Stream&) override {
        std::vector<Survivor> chosen;
        const auto fronts = sort_fronts(all);
        for (std::size_t rank = 0; rank < fronts.size() && chosen.size() < count; ++rank) {
            Crowd crowd(all, fronts[rank]);
            for (auto size = fronts[rank].size(); chosen.size() + size > count; --size) crowd.remove_most_crowded();
            for (const auto& survivor : crowd.left(rank)) chosen.push_back(survivor);
        }
        return chosen;
    }
};

}  // namespace

std::unique_ptr<Survival> crowding_survival() { return std::make_unique<CrowdingSurvival>(); }

}  // namespace dyad::codesign
