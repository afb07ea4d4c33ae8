// SPDX-License-Identifier: Apache-2.0
#include "models/device/scores.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/statistics.hpp"
#include "models/device/learn.hpp"
#include "models/device/noise.hpp"

namespace dyad::models {
namespace {

/// Relative least squares on a few columns, for the baselines.
class Linear {
public:
    Linear(bool macs_only, const Samples& samples) : macs_only_(macs_only) {
        const auto columns = static_cast<Eigen::Index>(features(*samples.front()).size());
        Eigen::MatrixXd a = Eigen::MatrixXd::Zero(columns, columns);
        Eigen::VectorXd b = Eigen::VectorXd::Zero(columns);
        for (const auto* sample : samples) {
            const auto list = features(*sample);
            const Eigen::VectorXd row = Eigen::Map<const Eigen::VectorXd>(list.data(), columns) / sample->seconds;
            a += row * row.transpose();
            b += row;
        }
        for (Eigen::Index i = 0; i < columns; ++i) a(i, i) = a(i, i) * (1 + 1e-9) + 1e-12;
        weights_ = a.ldlt().solve(b);
    }
    double operator()(const Sample& sample) const {
        const auto list = features(sample);
        const Eigen::Map<const Eigen::VectorXd> row(list.data(), weights_.size());
        return std::max(1e-9, row.dot(weights_));
    }

private:
    std::vector<double> features(const Sample& sample) const {
        std::vector<double> list(macs_only_ ? 2 : 3 + work_classes.size(), 0.0);
        list[0] = 1e-3;
        for (const auto& [work, count] : sample.works) {
            list[1] += count * work.macs() * 1e-12;
            if (macs_only_) continue;
            list[2] += count * work.elements() * 1e-10;
            list[3 + static_cast<std::size_t>(work.kind)] += count * 1e-4;
        }
        return list;
    }
    bool macs_only_;
    Eigen::VectorXd weights_;
};

}  // namespace

HeldOut held_out_errors(const std::vector<double>& predicted, const std::vector<double>& measured) {
    std::vector<double> errors;
    HeldOut result{.rows = measured.size()};
    for (std::size_t i = 0; i < measured.size(); ++i) errors.push_back(std::abs(predicted[i] / measured[i] - 1));
    if (errors.empty()) return result;
    const auto size = static_cast<double>(errors.size());
    for (const double e : errors) {
        result.mean += e / size;
        result.within_10 += e <= 0.1 ? 1 / size : 0;
    }
    result.median = core::quantile(errors, 0.5);
    result.p90 = core::quantile(errors, 0.9);
    result.spearman = core::spearman(predicted, measured);
    return result;
}

void score(Device& device, const Device* from_datasheet, const Samples& fitted, const Samples& unseen) {
    auto& calibration = *device.calibration;
    const bool physical = calibration.model == "physical";
    KernelSums sums(device);
    std::map<std::string, std::pair<Samples, Samples>> groups;
    for (const auto* s : fitted) groups[s->group].first.push_back(s);
    for (const auto* s : unseen) groups[s->group].second.push_back(s);
    for (const auto& [group, rows] : groups) {
        if (rows.second.empty()) continue;
        std::map<std::string, std::vector<double>> predicted;
        std::vector<double> measured;
        double inside = 0;
        for (const auto* s : rows.second) {
            const auto p = single(s->works) ? device.predict(s->works) : device.predict(s->works, sums(s->works));
            measured.push_back(s->seconds);
            predicted[physical ? "learned" : calibration.model].push_back(physical ? device.learned_seconds(s->works)
                                                                                   : p.seconds);
            predicted["physical"].push_back(physical_seconds(device.platform, calibration.physics, s->works));
            inside += p.low <= s->seconds && s->seconds <= p.high ? 1 : 0;
            if (from_datasheet == nullptr) continue;
            predicted["datasheet"].push_back(from_datasheet->learned_seconds(s->works));
            predicted["datasheet_physical"].push_back(
                physical_seconds(from_datasheet->platform, from_datasheet->calibration->physics, s->works));
        }
        for (const bool macs_only : {true, false}) {
            if (rows.first.empty()) break;
            const Linear baseline(macs_only, rows.first);
            for (const auto* s : rows.second) predicted[macs_only ? "macs" : "linear"].push_back(baseline(*s));
        }
        for (const auto& [predictor, values] : predicted)
            calibration.errors[group + "/" + predictor] = held_out_errors(values, measured);
        calibration.coverage[group] = inside / static_cast<double>(measured.size());
        auto all = rows.first;
        all.insert(all.end(), rows.second.begin(), rows.second.end());
        std::ranges::sort(all);  // as the table has them: they lie in one vector
        if (const auto floor = noise_floor(all); floor.known()) calibration.noise[group] = floor;
    }
}

}  // namespace dyad::models
