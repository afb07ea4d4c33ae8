// SPDX-License-Identifier: Apache-2.0
#include "codesign/search/survival.hpp"

namespace dyad::codesign {
namespace {

/// Appends all ways to spread `left` of `divisions` steps over the objectives from `k` on.
void spread(std::size_t k, std::size_t left, std::size_t divisions, Point& point, std::vector<Point>& points) {
    const auto steps = static_cast<double>(divisions);
    if (k + 1 == point.size()) {
        point[k] = static_cast<double>(left) / steps;
        points.push_back(point);
        return;
    }
    for (std::size_t i = 0; i <= left; ++i) {
        point[k] = static_cast<double>(i) / steps;
        spread(k + 1, left - i, divisions, point, points);
    }
}

/// Points of a lattice: (divisions + objectives - 1) over (objectives - 1), as far as it matters here.
double lattice_size(std::size_t objectives, std::size_t divisions) {
    double size = 1;
    for (std::size_t i = 1; i < objectives; ++i) size *= static_cast<double>(divisions + i) / static_cast<double>(i);
    return size;
}

std::size_t finest(std::size_t objectives, std::size_t most) {
    std::size_t divisions = 1;
    while (objectives > 1 && lattice_size(objectives, divisions + 1) <= static_cast<double>(most) + 0.5) ++divisions;
    return divisions;
}

}  // namespace

std::vector<Point> simplex_lattice(std::size_t objectives, std::size_t divisions) {
    std::vector<Point> points;
    Point point(objectives, 0);
    spread(0, divisions, divisions, point, points);
    return points;
}

std::vector<Point> reference_directions(std::size_t objectives, std::size_t most) {
    const auto divisions = finest(objectives, most);
    auto points = simplex_lattice(objectives, divisions);
    if (divisions >= objectives || points.size() + objectives > most) return points;
    for (auto point : simplex_lattice(objectives, finest(objectives, most - points.size()))) {
        for (auto& x : point) x = x / 2 + 0.5 / static_cast<double>(objectives);
        points.push_back(std::move(point));
    }
    return points;
}

}  // namespace dyad::codesign
