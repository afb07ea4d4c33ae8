// SPDX-License-Identifier: Apache-2.0
#include "models/device/transfer.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "models/device/device.hpp"

namespace dyad::models {
namespace {

constexpr double soft = 0.05;  // errors beyond 5 % lose weight
constexpr double ridges[] = {3e-4, 1e-3, 1e-2, 1e-1};

std::string kind_of(const Work& work) {
    const bool window = work.kind == WorkClass::conv || work.kind == WorkClass::depthwise;
    return window ? fmt::format("{}_{}", name(work.kind), work.side) : std::string(name(work.kind));
}

/// Rows: measured networks. Columns: known devices at a mean of 1, then kinds of kernels on their mean.
struct Problem {
    Eigen::MatrixXd columns;
    Eigen::VectorXd measured, prior;
    std::vector<double> scales;  ///< of the known devices
    std::vector<std::string> kinds;
};

std::vector<std::string> kinds_in(const std::vector<const Sample*>& samples) {
    std::map<std::string, int> seen;
    for (const auto* sample : samples)
        for (const auto& entry : sample->works) seen[kind_of(entry.work)] = 1;
    std::vector<std::string> kinds;
    for (const auto& entry : seen) kinds.push_back(entry.first);
    return kinds;
}

/// Times of the samples on one device: rows by sample, columns by kind.
Eigen::MatrixXd times_on(const Device& device, const std::vector<const Sample*>& samples,
                         const std::vector<std::string>& kinds) {
    std::map<Work, std::pair<Eigen::Index, double>> known;
    Eigen::MatrixXd times =
        Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(samples.size()), static_cast<Eigen::Index>(kinds.size()));
    for (std::size_t s = 0; s < samples.size(); ++s)
        for (const auto& [work, count] : samples[s]->works) {
            const auto [found, added] = known.try_emplace(work);
            if (added)
                found->second = {std::ranges::find(kinds, kind_of(work)) - kinds.begin(), device.part_seconds(work)};
            times(static_cast<Eigen::Index>(s), found->second.first) += count * found->second.second;
        }
    return times;
}

Problem make_problem(const std::vector<std::shared_ptr<const Device>>& known,
                     const std::vector<const Sample*>& samples) {
    Problem p;
    p.kinds = kinds_in(samples);
    const auto rows = static_cast<Eigen::Index>(samples.size()), devices = static_cast<Eigen::Index>(known.size()),
               kinds = static_cast<Eigen::Index>(p.kinds.size());
    p.columns = Eigen::MatrixXd::Zero(rows, devices + kinds);
    for (Eigen::Index d = 0; d < devices; ++d) {
        const auto times = times_on(*known[static_cast<std::size_t>(d)], samples, p.kinds);
        p.scales.push_back(times.rowwise().sum().mean());
        p.columns.col(d) = times.rowwise().sum() / p.scales.back();
        p.columns.rightCols(kinds) += times / (p.scales.back() * static_cast<double>(devices));
    }
    p.prior = Eigen::VectorXd::Constant(devices + kinds, 0.5);
    p.prior.head(devices) /= static_cast<double>(devices);
    p.measured.resize(rows);
    for (Eigen::Index s = 0; s < rows; ++s) p.measured[s] = samples[static_cast<std::size_t>(s)]->seconds;
    return p;
}

double median(std::vector<double> values) {
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
    return values[values.size() / 2];
}

struct Solution {
    Eigen::VectorXd weights;
    double scale = 1;  ///< of the prior
};
/// Weights of the columns from all rows but one (-1: from all). Coordinate descent from the prior.
Solution solve(const Problem& p, double ridge, Eigen::Index without) {
    std::vector<double> ratios;
    for (Eigen::Index s = 0; s < p.measured.size(); ++s)
        if (s != without) ratios.push_back(std::log(p.measured[s] / p.columns.row(s).dot(p.prior)));
    const double scale = std::exp(median(ratios));
    const Eigen::MatrixXd g = (scale * p.measured.cwiseInverse()).asDiagonal() * p.columns;
    Eigen::VectorXd x = p.prior, trust = Eigen::VectorXd::Ones(p.measured.size());
    if (without >= 0) trust[without] = 0;
    for (int round = 0; round < 6; ++round) {
        Eigen::MatrixXd a = g.transpose() * trust.asDiagonal() * g;
        a.diagonal().array() += ridge;
        const Eigen::VectorXd b = g.transpose() * trust + ridge * p.prior;
        for (int sweep = 0; sweep < 60; ++sweep)
            for (Eigen::Index j = 0; j < x.size(); ++j) x[j] = std::max(0., x[j] + (b[j] - a.row(j).dot(x)) / a(j, j));
        trust = (1 + ((g * x).array() - 1).square() / (soft * soft)).rsqrt();
        if (without >= 0) trust[without] = 0;
    }
    return {scale * x, scale};
}

std::vector<double> leave_one_out(const Problem& p, double ridge) {
    std::vector<double> predicted;
    for (Eigen::Index s = 0; s < p.measured.size(); ++s)
        predicted.push_back(std::max(1e-9, p.columns.row(s).dot(solve(p, ridge, s).weights)));
    return predicted;
}

double typical_error(const Problem& p, const std::vector<double>& predicted) {
    double sum = 0;  // an outlier counts like an error of 30 %
    for (std::size_t s = 0; s < predicted.size(); ++s)
        sum += std::min(0.3, std::abs(std::log(predicted[s] / p.measured[static_cast<Eigen::Index>(s)])));
    return sum / static_cast<double>(predicted.size());
}

/// Columns over the mean of the known devices, which differ little and so count as one together.
Eigen::MatrixXd relative_columns(const Problem& p) {
    const auto devices = static_cast<Eigen::Index>(p.scales.size());
    Eigen::MatrixXd columns = p.columns;
    columns.leftCols(devices) /= std::sqrt(static_cast<double>(devices));
    const Eigen::VectorXd mean = p.columns.leftCols(devices).rowwise().mean();
    return mean.cwiseInverse().asDiagonal() * columns;
}

}  // namespace

std::vector<std::size_t> Transfer::choose(const std::vector<std::shared_ptr<const Device>>& known,
                                          const std::vector<const Sample*>& candidates, std::size_t count) {
    if (candidates.empty()) return {};
    constexpr double ridge = 1e-3;
    const auto rows = relative_columns(make_problem(known, candidates));
    Eigen::MatrixXd unknown = Eigen::MatrixXd::Identity(rows.cols(), rows.cols()) / ridge;
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < std::min(count, candidates.size()); ++i) {
        Eigen::VectorXd tells = (rows * unknown).cwiseProduct(rows).rowwise().sum();
        for (const auto c : chosen) tells[static_cast<Eigen::Index>(c)] = -1;
        Eigen::Index best = 0;
        const double most = tells.maxCoeff(&best);
        const Eigen::VectorXd known_by = unknown * rows.row(best).transpose();
        unknown -= known_by * known_by.transpose() / (1 + most);
        chosen.push_back(static_cast<std::size_t>(best));
    }
    std::ranges::sort(chosen);
    return chosen;
}

double Transfer::seconds(const Work& work) const {
    auto kind = kinds.find(kind_of(work));
    if (kind == kinds.end()) kind = kinds.find("other");
    const double factor = kind == kinds.end() ? 0 : kind->second;
    double sum = 0;
    for (const auto& source : sources)
        sum += (source.weight + factor * source.share) * source.device->part_seconds(work);
    return sum;
}

Transfer Transfer::fit(const std::vector<std::shared_ptr<const Device>>& known,
                       const std::vector<const Sample*>& samples, std::vector<double>& left_out) {
    const auto problem = make_problem(known, samples);
    double ridge = 0, least = 1e300;
    for (const double candidate : ridges) {
        auto predicted = leave_one_out(problem, candidate);
        const double error = typical_error(problem, predicted);
        if (error >= least) continue;
        least = error, ridge = candidate, left_out = std::move(predicted);
    }
    const auto [x, scale] = solve(problem, ridge, -1);
    Transfer result;
    const auto devices = static_cast<double>(known.size());
    for (std::size_t d = 0; d < known.size(); ++d)
        result.sources.push_back({known[d]->name, x[static_cast<Eigen::Index>(d)] / problem.scales[d],
                                  1 / (devices * problem.scales[d]), known[d]});
    for (std::size_t k = 0; k < problem.kinds.size(); ++k)
        result.kinds[problem.kinds[k]] = x[static_cast<Eigen::Index>(known.size() + k)];
    result.kinds["other"] = 0.5 * scale;
    return result;
}

}  // namespace dyad::models
