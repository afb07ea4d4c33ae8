// SPDX-License-Identifier: Apache-2.0
#include "models/device/correction.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace dyad::models {
namespace {

using Place = std::array<double, place_size>;
constexpr double prior_spread = 0.5;            // of g
constexpr double noises[] = {0.02, 0.06, 0.2};  // of a measured network, relative; the one that predicts best is taken
constexpr double soft = 0.05;                   // errors beyond it lose weight
constexpr double length = 0.5;                  // a factor of two in m, n or k
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

/// Robust least squares under the prior: errors rows x weights - rest.
Eigen::VectorXd solve(const Eigen::MatrixXd& rows, const Eigen::VectorXd& rest, const Eigen::MatrixXd& prior,
                      double noise) {
    Eigen::VectorXd weights, trust = Eigen::VectorXd::Ones(rest.size());
    for (int round = 0; round < 4; ++round) {
        Eigen::MatrixXd a = rows.transpose() * trust.asDiagonal() * rows + noise * noise * prior;
        a.diagonal().array() += 1e-8;
        weights = a.ldlt().solve(rows.transpose() * trust.cwiseProduct(rest));
        trust = (1 + (rows * weights - rest).array().square() / (soft * soft)).rsqrt();
    }
    return weights;
}

/// By the errors on every fourth row when fitted to the others; one beyond 30 % counts as 30 %.
double best_noise(const Eigen::MatrixXd& rows, const Eigen::VectorXd& rest, const Eigen::MatrixXd& prior) {
    Eigen::MatrixXd seen = rows;
    Eigen::VectorXd seen_rest = rest;
    for (Eigen::Index s = 0; s < rest.size(); s += 4) seen.row(s).setZero(), seen_rest[s] = 0;
    double best = noises[0], least = std::numeric_limits<double>::infinity();
    for (const double noise : noises) {
        const Eigen::VectorXd errors = rows * solve(seen, seen_rest, prior, noise) - rest;
        double sum = 0;
        for (Eigen::Index s = 0; s < rest.size(); s += 4) sum += std::min(0.3, std::abs(errors[s]));
        if (sum < least) least = sum, best = noise;
    }
    return best;
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
    const auto weights = solve(rows, rest, prior, best_noise(rows, rest, prior));
    Correction result;
    for (Eigen::Index j = 0; j < n; ++j) result.points.push_back({chosen[static_cast<std::size_t>(j)], weights[j]});
    return result;
}

}  // namespace dyad::models
