// SPDX-License-Identifier: Apache-2.0
#include "models/device/noise.hpp"
#include "core/statistics.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "models/device/scores.hpp"

namespace dyad::models {
namespace {

constexpr std::size_t around = 5;  // rows before, and as many after
constexpr double soft = 0.05;      // errors beyond 5 % lose weight

/// Kernels and how often they run, in a form that compares: counts of averaged parts differ in the last bits.
auto same_kernels(const WorkList& works) {
    std::vector<std::pair<Work, long long>> list;
    for (const auto& [work, count] : works) list.emplace_back(work, std::llround(count * 1e6));
    return std::pair(list, works.graph);
}

void equal_rows(const Samples& samples, NoiseFloor& floor) {
    std::map<decltype(same_kernels(samples.front()->works)), std::vector<double>> groups;
    for (const auto* s : samples) groups[same_kernels(s->works)].push_back(std::log(s->seconds));
    std::vector<double> means, rows;
    for (const auto& [kernels, times] : groups) {
        const auto n = static_cast<double>(times.size());
        if (times.size() < 2) continue;
        double mean = 0;
        for (const double t : times) mean += t / n;
        for (const double t : times) {
            const double away = (t - mean) * std::sqrt(n / (n - 1)), error = std::abs(std::exp(away) - 1);
            means.push_back(mean);
            rows.push_back(mean + away);
            floor.mean += error;
            floor.within_10 += error <= 0.1 ? 1 : 0;
        }
        floor.rows += times.size();
        floor.groups += 1;
    }
    if (floor.rows == 0) return;
    floor.mean /= static_cast<double>(floor.rows);
    floor.within_10 /= static_cast<double>(floor.rows);
    floor.spearman = core::spearman(means, rows);
}

/// The size of the image apart, on which the times of a kind of kernel depend linearly.
auto kind_of(const Work& w) { return std::tuple(w.kind, w.groups > 1 ? 0. : w.n, w.k, w.side, w.stride, w.channels); }

/// Rows: samples, over their times. Columns: how many kernels of each kind, and how much they compute or move.
Eigen::MatrixXd table_of(const Samples& samples) {
    std::map<decltype(kind_of(Work{})), Eigen::Index> kinds;
    for (const auto* s : samples)
        for (const auto& entry : s->works) kinds.try_emplace(kind_of(entry.work), 0);
    Eigen::Index next = 0;
    for (auto& kind : kinds) kind.second = 2 * next++;
    Eigen::MatrixXd rows = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(samples.size()), 2 * next);
    for (Eigen::Index s = 0; s < rows.rows(); ++s) {
        const auto& sample = *samples[static_cast<std::size_t>(s)];
        for (const auto& [work, count] : sample.works) {
            const auto at = kinds.at(kind_of(work));
            rows(s, at) += count * 1e-4 / sample.seconds;
            rows(s, at + 1) += count * (work.macs() * 1e-12 + work.elements() * 1e-10) / sample.seconds;
        }
    }
    return rows;
}

/// log(measured / the table's) of every row.
std::vector<double> table_errors(const Eigen::MatrixXd& rows) {
    Eigen::VectorXd trust = Eigen::VectorXd::Ones(rows.rows()), found;
    for (int round = 0; round < 5; ++round) {
        Eigen::MatrixXd a = rows.transpose() * trust.asDiagonal() * rows;
        a.diagonal().array() += 1e-6 * a.diagonal().mean();
        found = rows * a.ldlt().solve(rows.transpose() * trust);
        trust = (1 + (found.array() - 1).square() / (soft * soft)).rsqrt();
    }
    std::vector<double> errors;
    for (Eigen::Index s = 0; s < found.size(); ++s) errors.push_back(-std::log(std::max(found[s], 1e-3)));
    return errors;
}

double within_10(const std::vector<double>& errors) {
    const auto near = [](double e) { return std::abs(std::exp(-e) - 1) <= 0.1; };
    return static_cast<double>(std::ranges::count_if(errors, near)) / static_cast<double>(errors.size());
}

std::vector<double> without_drift(const std::vector<double>& errors) {
    std::vector<double> rest;
    for (std::size_t i = 0; i < errors.size(); ++i) {
        std::vector<double> near;
        for (std::size_t j = i - std::min(i, around); j < std::min(errors.size(), i + around + 1); ++j)
            if (j != i) near.push_back(errors[j]);
        rest.push_back(errors[i] - core::quantile(near, 0.5));
    }
    return rest;
}

}  // namespace

NoiseFloor noise_floor(const Samples& samples) {
    NoiseFloor floor;
    equal_rows(samples, floor);
    const auto network = [](const auto* s) { return s->works.size() > 1; };
    if (!std::ranges::all_of(samples, network)) return floor;
    const auto table = table_of(samples);
    if (table.rows() < 3 * table.cols()) return floor;  // it would fit the noise too
    const auto errors = table_errors(table);
    floor.table_10 = within_10(errors);
    floor.steady_10 = within_10(without_drift(errors));
    return floor;
}

}  // namespace dyad::models
