// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/hypervolume.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>

namespace dyad::codesign {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The first `d` objectives of points, all inside the reference box.
class Wfg {
public:
    explicit Wfg(const Point& reference) : reference_(reference) {}

    /// Volume in the first `d` objectives.
    [[nodiscard]] double volume(std::vector<Point> points, std::size_t d) const {
        if (points.empty()) return 0;
        if (d == 1) return reference_[0] - least(points);
        // Best in the last objective first: a point is then no deeper than those before it, so what it adds is a prism
        // over what it adds in the first d-1 objectives.
        std::sort(points.begin(), points.end(),
                  [d](const Point& a, const Point& b) { return a[d - 1] != b[d - 1] ? a[d - 1] < b[d - 1] : a < b; });
        if (d == 2) return area(points);
        if (d == 3) return swept(points);
        double total = 0;
        for (std::size_t i = 0; i < points.size(); ++i)
            total += (reference_[d - 1] - points[i][d - 1]) * exclusive(points[i], points.data(), i, d - 1);
        return total;
    }

    /// What `point` adds to `count` points in the first `d` objectives.
    [[nodiscard]] double exclusive(const Point& point, const Point* points, std::size_t count, std::size_t d) const {
        double box = 1;
        for (std::size_t k = 0; k < d; ++k) box *= reference_[k] - point[k];
        return box - volume(limited(point, points, count, d), d);
    }

    [[nodiscard]] bool inside(const Point& point) const {
        for (std::size_t k = 0; k < reference_.size(); ++k)
            if (!(point[k] < reference_[k])) return false;
        return true;
    }

private:
    static double least(const std::vector<Point>& points) {
        double best = points.front()[0];
        for (const auto& p : points) best = std::min(best, p[0]);
        return best;
    }

    /// Two objectives, sorted by the second.
    [[nodiscard]] double area(const std::vector<Point>& points) const {
        double total = 0, edge = reference_[0];
        for (const auto& p : points) {
            if (p[0] >= edge) continue;
            total += (edge - p[0]) * (reference_[1] - p[1]);
            edge = p[0];
        }
        return total;
    }

    /// Three objectives, sorted by the third: a plane goes up through the points, and the area below it grows by what
    /// each adds to the staircase of those passed (Beume et al., "On the complexity of computing the hypervolume
    /// indicator", 2009).
    [[nodiscard]] double swept(const std::vector<Point>& points) const {
        std::map<double, double> stairs{{-infinity, reference_[1]}, {reference_[0], -infinity}};
        double total = 0, area = 0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            area += step(stairs, points[i][0], points[i][1]);
            const double next = i + 1 < points.size() ? points[i + 1][2] : reference_[2];
            total += area * (next - points[i][2]);
        }
        return total;
    }

    /// Adds a step at (x, y) to stairs that fall from left to right; the area it adds.
    static double step(std::map<double, double>& stairs, double x, double y) {
        auto next = stairs.upper_bound(x);
        const double above = std::prev(next)->second;
        if (above <= y) return 0;
        double added = 0, left = x, height = above;
        while (next->second > y) {
            added += (next->first - left) * (height - y);
            left = next->first;
            height = next->second;
            next = stairs.erase(next);
        }
        added += (next->first - left) * (height - y);
        stairs[x] = y;
        return added;
    }

    static bool weakly_dominates(const Point& a, const Point& b, std::size_t d) {
        for (std::size_t k = 0; k < d; ++k)
            if (a[k] > b[k]) return false;
        return true;
    }

    /// The parts of the points' boxes that lie in the box of `point`, without those covered by another.
    static std::vector<Point> limited(const Point& point, const Point* points, std::size_t count, std::size_t d) {
        std::vector<Point> kept;
        Point corner(d);
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t k = 0; k < d; ++k) corner[k] = std::max(points[i][k], point[k]);
            const auto covers = [&](const Point& p) { return weakly_dominates(p, corner, d); };
            if (std::any_of(kept.begin(), kept.end(), covers)) continue;
            std::erase_if(kept, [&](const Point& p) { return weakly_dominates(corner, p, d); });
            kept.push_back(corner);
        }
        return kept;
    }

    const Point& reference_;
};

std::vector<Point> inside(const std::vector<Point>& points, const Wfg& wfg) {
    std::vector<Point> kept;
    std::copy_if(points.begin(), points.end(), std::back_inserter(kept), [&](const Point& p) { return wfg.inside(p); });
    return kept;
}

}  // namespace

double hypervolume(const std::vector<Point>& points, const Point& reference) {
    const Wfg wfg(reference);
    return wfg.volume(inside(points, wfg), reference.size());
}

double exclusive_hypervolume(const Point& point, const std::vector<Point>& points, const Point& reference) {
    const Wfg wfg(reference);
    if (!wfg.inside(point)) return 0;
    const auto others = inside(points, wfg);
    return wfg.exclusive(point, others.data(), others.size(), reference.size());
}

}  // namespace dyad::codesign
