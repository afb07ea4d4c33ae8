// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "codesign/search/survival.hpp"

namespace dyad::codesign {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Solves rows * x = 1 by elimination with pivots; nothing when the rows depend on each other.
std::optional<Point> plane_through(std::vector<Point> rows) {
    const auto n = rows.size();
    for (auto& row : rows) row.push_back(1);
    for (std::size_t k = 0; k < n; ++k) {
        const auto larger = [k](const Point& a, const Point& b) { return std::abs(a[k]) < std::abs(b[k]); };
        std::iter_swap(rows.begin() + static_cast<std::ptrdiff_t>(k),
                       std::max_element(rows.begin() + static_cast<std::ptrdiff_t>(k), rows.end(), larger));
        if (std::abs(rows[k][k]) < 1e-12) return std::nullopt;
        for (std::size_t i = 0; i < n; ++i) {
            if (i == k) continue;
            const double factor = rows[i][k] / rows[k][k];
            for (std::size_t j = k; j <= n; ++j) rows[i][j] -= factor * rows[k][j];
        }
    }
    Point x(n);
    for (std::size_t k = 0; k < n; ++k) x[k] = rows[k][n] / rows[k][k];
    return x;
}

/// The scale on which objectives are compared (algorithm 2): from the best values ever seen to the intercepts of the
/// plane through the extreme points.
class Scale {
public:
    explicit Scale(std::size_t objectives) : ideal_(objectives, infinity) {}

    void update(const std::vector<Point>& points) {
        for (const auto& p : points)
            for (std::size_t k = 0; k < ideal_.size(); ++k) ideal_[k] = std::min(ideal_[k], p[k]);
        std::vector<Point> candidates = extremes_;
        candidates.insert(candidates.end(), points.begin(), points.end());
        extremes_.clear();
        for (std::size_t axis = 0; axis < ideal_.size(); ++axis) {
            const auto nearer = [&](const Point& a, const Point& b) {
                return achievement(a, axis) < achievement(b, axis);
            };
            extremes_.push_back(*std::min_element(candidates.begin(), candidates.end(), nearer));
        }
        width_ = widths(points);
    }

    [[nodiscard]] Point normalised(const Point& point) const {
        Point result(point.size());
        for (std::size_t k = 0; k < point.size(); ++k) result[k] = (point[k] - ideal_[k]) / width_[k];
        return result;
    }

private:
    /// Equation 4: how far the point is from the axis.
    [[nodiscard]] double achievement(const Point& point, std::size_t axis) const {
        double worst = -infinity;
        for (std::size_t k = 0; k < point.size(); ++k)
            worst = std::max(worst, (point[k] - ideal_[k]) / (k == axis ? 1 : 1e-6));
        return worst;
    }

    [[nodiscard]] Point widths(const std::vector<Point>& points) const {
        std::vector<Point> rows = extremes_;
        for (auto& row : rows)
            for (std::size_t k = 0; k < row.size(); ++k) row[k] -= ideal_[k];
        const auto plane = plane_through(std::move(rows));
        Point width(ideal_.size(), 0);
        for (std::size_t k = 0; k < width.size(); ++k) {
            for (const auto& p : points) width[k] = std::max(width[k], p[k] - ideal_[k]);
            // An intercept that is negative or far outside belongs to a degenerate plane: then the widest point counts.
            const double intercept = plane ? 1 / (*plane)[k] : 0;
            if (intercept > 1e-9 * width[k] && intercept <= width[k]) width[k] = intercept;
            if (!(width[k] > 0)) width[k] = 1;
        }
        return width;
    }

    Point ideal_, width_;
    std::vector<Point> extremes_;
};

struct Niche {
    std::size_t direction = 0;
    double distance = 0;  ///< from the direction's line
};

Niche nearest(const Point& point, const std::vector<Point>& directions) {
    Niche best{0, infinity};
    for (std::size_t d = 0; d < directions.size(); ++d) {
        double along = 0, length = 0, square = 0;
        for (std::size_t k = 0; k < point.size(); ++k) {
            along += point[k] * directions[d][k];
            length += directions[d][k] * directions[d][k];
            square += point[k] * point[k];
        }
        const double distance = square - along * along / length;
        if (distance < best.distance) best = {d, distance};
    }
    return best;
}

class NichingSurvival final : public Survival {
public:
    NichingSurvival(std::size_t objectives, std::size_t population)
        : directions_(reference_directions(objectives, population)), scale_(objectives) {}

    std::vector<Survivor> choose(const std::vector<Fitness>& all, std::size_t count, core::Stream& random) override {
        std::vector<Survivor> chosen;
        std::vector<std::size_t> last;
        const auto fronts = sort_fronts(all);
        for (std::size_t f = 0; f < fronts.size() && chosen.size() < count && last.empty(); ++f) {
            const bool feasible = all[fronts[f].front()].feasible();
            const bool fits = chosen.size() + fronts[f].size() <= count;
            if (feasible && !fits) last = fronts[f];
            for (std::size_t i = 0; last.empty() && i < fronts[f].size() && chosen.size() < count; ++i)
                chosen.push_back({fronts[f][i], feasible ? 0 : f, 0});
        }
        if (!last.empty()) fill(all, count, std::move(last), chosen, random);
        return chosen;
    }

private:
    /// Adds members of `last` until there are `count` (algorithms 3 and 4).
    void fill(const std::vector<Fitness>& all, std::size_t count, std::vector<std::size_t> last,
              std::vector<Survivor>& chosen, core::Stream& random) {
        std::vector<Point> points;
        for (const auto& survivor : chosen) points.push_back(all[survivor.index].objectives);
        for (const auto i : last) points.push_back(all[i].objectives);
        scale_.update(points);
        std::vector<std::size_t> occupied(directions_.size(), 0);
        for (const auto& survivor : chosen) ++occupied[niche(all[survivor.index]).direction];
        std::vector<std::vector<std::pair<double, std::size_t>>> waiting(directions_.size());
        for (const auto i : last) {
            const auto place = niche(all[i]);
            waiting[place.direction].emplace_back(place.distance, i);
        }
        for (auto& queue : waiting) std::sort(queue.begin(), queue.end());
        while (chosen.size() < count) {
            const auto d = least_occupied(occupied, waiting, random);
            auto& queue = waiting[d];
            const auto pick = occupied[d] == 0 ? 0 : random.below(queue.size());
            chosen.push_back({queue[pick].second, 0, 0});
            queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(pick));
            ++occupied[d];
        }
    }

    [[nodiscard]] Niche niche(const Fitness& fitness) const {
        return nearest(scale_.normalised(fitness.objectives), directions_);
    }

    template <class Waiting>
    [[nodiscard]] static std::size_t least_occupied(const std::vector<std::size_t>& occupied, const Waiting& waiting,
                                                    core::Stream& random) {
        std::vector<std::size_t> ties;
        for (std::size_t d = 0; d < occupied.size(); ++d) {
            if (waiting[d].empty()) continue;
            if (!ties.empty() && occupied[d] > occupied[ties.front()]) continue;
            if (!ties.empty() && occupied[d] < occupied[ties.front()]) ties.clear();
            ties.push_back(d);
        }
        return ties[random.below(ties.size())];
    }

    std::vector<Point> directions_;
    Scale scale_;
};

}  // namespace

std::unique_ptr<Survival> niching_survival(std::size_t objectives, std::size_t population) {
    return std::make_unique<NichingSurvival>(objectives, population);
}

}  // namespace dyad::codesign
