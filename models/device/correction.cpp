// SPDX-License-Identifier: Apache-2.0
#include "models/device/correction.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>

namespace dyad::models {
namespace {

using Place = std::array<double, place_size>;
constexpr double prior_spread = 0.5;  // of g
constexpr double noise = 0.02;        // of a measured network, relative
constexpr double soft = 0.05;         // errors beyond it lose weight
constexpr double length = 0.5;        // a factor of two in m, n or k
constexpr std::size_t most_points = 300;

double squared(const Place& a, const Place& b) {
    double sum = 0;
    for (std::size_t i = 0; i < place_size; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}
double covariance(const Place& a, const Place& b) {
    const double d = squared(a, b);
    return prior_spread * prior_spread * (0.7 * std::exp(-d / (2 * length * length)) + 0.3 * std::exp(-d / 18));
}

/// Spread over all places: each next one is the farthest from those chosen (Gonzalez 1985).
std::vector<Place> choose(const std::vector<Place>& places) {
    std::vector<Place> chosen{places.front()};
    std::vector<double> distance(places.size(), 1e300);
    while (chosen.size() < most_points) {
        for (std::size_t i = 0; i < places.size(); ++i)
            distance[i] = std::min(distance[i], squared(places[i], chosen.back()));
        const auto farthest = std::ranges::max_element(distance);
        if (*farthest < 1e-9) break;
        chosen.push_back(places[static_cast<std::size_t>(farthest - distance.begin())]);
    }
    return chosen;
}

}  // namespace

double Correction::at(const Work& work) const {
    const auto place = kernel_place(work);
    double sum = 0;
    for (const auto& point : points) sum += point.weight * covariance(place, point.place);
    return std::clamp(sum, -0.95, 20.);
}

Correction Correction::fit(const Platform& platform, const PhysicsByClass& classes,
                           const std::vector<const Sample*>& samples) {
    std::map<Work, std::size_t> index;
    std::vector<Place> places;
    for (const auto* sample : samples)
        for (const auto& [work, count] : sample->works)
            if (index.emplace(work, places.size()).second) places.push_back(kernel_place(work));
    if (places.empty()) return {};
    const auto chosen = choose(places);
    const auto n = static_cast<Eigen::Index>(chosen.size());
    Eigen::MatrixXd near(static_cast<Eigen::Index>(places.size()), n), prior(n, n);
    for (Eigen::Index j = 0; j < n; ++j) {
        const auto& to = chosen[static_cast<std::size_t>(j)];
        for (std::size_t i = 0; i < places.size(); ++i)
            near(static_cast<Eigen::Index>(i), j) = covariance(places[i], to);
        for (Eigen::Index i = 0; i < n; ++i) prior(i, j) = covariance(chosen[static_cast<std::size_t>(i)], to);
    }
    Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(samples.size()), n);
    Eigen::VectorXd rest(rows.rows());
    for (Eigen::Index s = 0; s < rows.rows(); ++s) {
        const auto& sample = *samples[static_cast<std::size_t>(s)];
        double sum = 0;
        for (const auto& [work, count] : sample.works) {
            const double part = count * physical_seconds(platform, classes.at(work.kind), work) / sample.seconds;
            rows.row(s) += part * near.row(static_cast<Eigen::Index>(index.at(work)));
            sum += part;
        }
        rest[s] = 1 - sum;
    }
    Eigen::VectorXd weights, trust = Eigen::VectorXd::Ones(rest.size());
    for (int round = 0; round < 4; ++round) {
        Eigen::MatrixXd a = rows.transpose() * trust.asDiagonal() * rows + noise * noise * prior;
        a.diagonal().array() += 1e-8;
        weights = a.ldlt().solve(rows.transpose() * trust.cwiseProduct(rest));
        trust = (1 + (rows * weights - rest).array().square() / (soft * soft)).rsqrt();
    }
    Correction result;
    for (Eigen::Index j = 0; j < n; ++j) result.points.push_back({chosen[static_cast<std::size_t>(j)], weights[j]});
    return result;
}

}  // namespace dyad::models
