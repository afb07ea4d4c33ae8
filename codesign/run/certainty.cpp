// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/certainty.hpp"

#include <algorithm>
#include <map>

#include "codesign/run/pair_text.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"

namespace dyad::codesign {
namespace {

constexpr std::size_t most_on_front = 2000, most_contenders = 400;
constexpr double least_chance = 0.05;
constexpr double reach = 2;  ///< half-widths that a pair may be off and still take part

/// A pair whose place is uncertain.
struct Contender {
    std::size_t pair = 0;
    Point nominal, deviation;  ///< minimised objectives, and their standard deviations
    std::size_t network = 0;   ///< equal for pairs whose networks are
    std::size_t hits = 0;      ///< draws in which it is on the front
};

/// Enough for two digits where there are few pairs; fewer where each takes long.
std::size_t draws_for(std::size_t pairs) {
    constexpr std::size_t most = 400, least = 50, work = 100'000'000;
    return std::clamp(work / std::max<std::size_t>(1, pairs * pairs), least, most);
}

Point deviations(const Experiment& experiment, const Evaluation& evaluation) {
    Point all;
    for (const auto metric : experiment.objectives)
        all.push_back(evaluation.spreads[static_cast<std::size_t>(metric)] / core::normal_90);
    return all;
}

Point moved(const Contender& c, double by) {
    Point point = c.nominal;
    for (std::size_t k = 0; k < point.size(); ++k) point[k] += by * core::normal_90 * c.deviation[k];
    return point;
}

class NetworkNumbers {
public:
    [[nodiscard]] std::size_t of(const Experiment& experiment, const Pair& pair) {
        core::Genome networks;
        for (const auto& part : experiment.networks) {
            const auto genes = part.slice(pair.genome);
            networks.insert(networks.end(), genes.begin(), genes.end());
        }
        return numbers_.emplace(std::move(networks), numbers_.size()).first->second;
    }
    [[nodiscard]] std::size_t size() const { return numbers_.size(); }

private:
    std::map<core::Genome, std::size_t> numbers_;
};

class Lottery {
public:
    Lottery(const Experiment& experiment, const std::vector<Pair>& pairs) : experiment_(experiment), pairs_(pairs) {}

    void enter_front(const std::vector<std::size_t>& front) {
        for (const auto i : front) add(i);
    }
    /// Behind the front, who could be on it.
    void enter_others(const std::vector<std::size_t>& front) {
        const auto sure = contenders_.size();
        for (std::size_t i = 0; i < pairs_.size() && contenders_.size() < most_contenders; ++i) {
            if (std::ranges::binary_search(front, i) || !fitness(experiment_, pairs_[i].evaluation).feasible())
                continue;
            add(i);
            const auto best = moved(contenders_.back(), -reach);
            const auto beaten = [&](const Contender& c) { return dominates(moved(c, reach), best); };
            if (std::any_of(contenders_.begin(), contenders_.begin() + static_cast<std::ptrdiff_t>(sure), beaten))
                contenders_.pop_back();
        }
    }
    [[nodiscard]] bool exact() const {
        return std::ranges::all_of(contenders_, [](const Contender& c) {
            return std::ranges::all_of(c.deviation, [](double d) { return d == 0; });
        });
    }

    void run(std::size_t draws) {
        const auto dimensions = experiment_.objectives.size();
        for (std::size_t draw = 0; draw < draws; ++draw) {
            core::Stream random(1, "front", draw);
            std::vector<double> errors(networks_.size() * dimensions);
            for (double& error : errors) error = random.normal();
            std::vector<Point> points;
            for (const auto& c : contenders_) {
                points.push_back(c.nominal);
                for (std::size_t k = 0; k < dimensions; ++k)
                    points.back()[k] += c.deviation[k] * errors[c.network * dimensions + k];
            }
            for (std::size_t i = 0; i < points.size(); ++i)
                contenders_[i].hits +=
                    std::ranges::none_of(points, [&](const Point& other) { return dominates(other, points[i]); });
        }
    }
    [[nodiscard]] const std::vector<Contender>& contenders() const { return contenders_; }

private:
    void add(std::size_t i) {
        const auto network = networks_.of(experiment_, pairs_[i]);
        const auto& evaluation = pairs_[i].evaluation;
        contenders_.push_back(
            {i, minimised(experiment_, evaluation.metrics), deviations(experiment_, evaluation), network, 0});
    }

    const Experiment& experiment_;
    const std::vector<Pair>& pairs_;
    std::vector<Contender> contenders_;
    NetworkNumbers networks_;
};

}  // namespace

std::vector<Chance> front_chances(const Experiment& experiment, const std::vector<Pair>& pairs,
                                  const std::vector<std::size_t>& front) {
    if (front.size() > most_on_front) return {};
    Lottery lottery(experiment, pairs);
    lottery.enter_front(front);
    if (lottery.exact()) return {};
    lottery.enter_others(front);
    const auto draws = draws_for(lottery.contenders().size());
    lottery.run(draws);
    std::vector<Chance> chances;
    for (const auto& c : lottery.contenders())
        chances.push_back({c.pair, static_cast<double>(c.hits) / static_cast<double>(draws)});
    const auto off = chances.begin() + static_cast<std::ptrdiff_t>(front.size());
    std::stable_sort(off, chances.end(), [](const auto& a, const auto& b) { return a.of_front > b.of_front; });
    while (chances.size() > front.size() && chances.back().of_front < least_chance) chances.pop_back();
    return chances;
}

std::vector<std::size_t> number_networks(const Experiment& experiment, const std::vector<const Pair*>& pairs) {
    NetworkNumbers numbers;
    std::vector<std::size_t> all;
    for (const auto* pair : pairs) all.push_back(numbers.of(experiment, *pair));
    return all;
}

}  // namespace dyad::codesign
