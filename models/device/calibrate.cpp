// SPDX-License-Identifier: Apache-2.0
#include "models/device/calibrate.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/random.hpp"
#include "core/statistics.hpp"

namespace dyad::models {
namespace {

using Samples = std::vector<const Sample*>;

double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    const auto at = share * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(at);
    const auto high = std::min(low + 1, values.size() - 1);
    return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
}

bool single(const Sample& sample) { return sample.works.size() == 1 && sample.works[0].count == 1; }
std::string band_of(const WorkList& works) {
    return works.size() == 1 && works[0].count == 1 ? std::string(name(works[0].work.kind)) : "network";
}

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

PhysicsByClass start_from(const std::vector<Device>& siblings, std::map<WorkClass, std::string>& taken_from) {
    PhysicsByClass classes;
    for (const auto kind : work_classes) {
        auto physics = typical_physics();
        taken_from[kind] = "priors";
        for (const auto& sibling : siblings) {
            if (!sibling.calibration || sibling.calibration->taken_from.contains(kind)) continue;
            physics = sibling.calibration->physics.at(kind);
            taken_from[kind] = sibling.name;
            break;
        }
        classes.emplace(kind, physics);
    }
    return classes;
}

void fit_trees(Device& device, const Samples& samples) {
    std::map<WorkClass, std::pair<std::vector<std::vector<float>>, std::vector<double>>> data;
    for (const auto* sample : samples) {
        if (!single(*sample)) continue;
        const auto& work = sample->works[0].work;
        const double physical = physical_seconds(device.platform, device.calibration->physics.at(work.kind), work);
        auto& [rows, targets] = data[work.kind];
        rows.push_back(kernel_features(device.platform, work, physical));
        targets.push_back(std::log(sample->seconds / physical));
    }
    constexpr std::size_t enough = 100;
    for (const auto& [kind, table] : data)
        if (table.first.size() >= enough)
            device.calibration->trees.emplace(kind, Trees::fit(table.first, table.second));
}

void fit_learned(Device& device, const Samples& samples) {
    fit_trees(device, samples);
    Samples networks;
    std::ranges::copy_if(samples, std::back_inserter(networks), [](const auto* s) { return !single(*s); });
    if (!networks.empty())
        device.calibration->correction = Correction::fit(device.platform, device.calibration->physics, networks);
}

void fit_bands(Device& device, const Samples& samples) {
    std::map<std::string, std::vector<double>> ratios;
    for (const auto* sample : samples) {
        const double ratio = std::log(sample->seconds / device.predict(sample->works).seconds);
        ratios[band_of(sample->works)].push_back(ratio);
        ratios["any"].push_back(ratio);
    }
    for (const auto& [group, list] : ratios) {
        const double widen = 1.0 / static_cast<double>(list.size() + 1);  // conformal: n + 1 instead of n
        device.calibration->bands[group] = {quantile(list, std::max(0., 0.05 - widen)),
                                            quantile(list, std::min(1., 0.95 + widen))};
    }
}

void score(Device& device, const Samples& fitted, const Samples& unseen) {
    auto& calibration = *device.calibration;
    std::map<std::string, std::pair<Samples, Samples>> groups;
    for (const auto* s : fitted) groups[s->group].first.push_back(s);
    for (const auto* s : unseen) groups[s->group].second.push_back(s);
    for (const auto& [group, rows] : groups) {
        if (rows.first.empty() || rows.second.empty()) continue;
        const Linear macs(true, rows.first), linear(false, rows.first);
        std::map<std::string, std::vector<double>> predicted;
        std::vector<double> measured;
        double inside = 0;
        for (const auto* s : rows.second) {
            const auto p = device.predict(s->works);
            measured.push_back(s->seconds);
            predicted["learned"].push_back(device.learned_seconds(s->works));
            predicted["physical"].push_back(physical_seconds(device.platform, calibration.physics, s->works));
            predicted["macs"].push_back(macs(*s));
            predicted["linear"].push_back(linear(*s));
            inside += p.low <= s->seconds && s->seconds <= p.high ? 1 : 0;
        }
        for (const auto& [predictor, values] : predicted)
            calibration.errors[group + "/" + predictor] = held_out_errors(values, measured);
        calibration.coverage[group] = inside / static_cast<double>(measured.size());
    }
}

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
    result.median = quantile(errors, 0.5);
    result.p90 = quantile(errors, 0.9);
    result.spearman = core::spearman(predicted, measured);
    return result;
}

bool held_out(const std::string& config, double share) { return core::Stream(1, config).uniform() < share; }

void check_samples(const Device& device, const std::vector<Sample>& samples) {
    if (samples.size() <= Physics::count)
        throw core::Error(
            fmt::format("{}: {} rows of the profile are of this device, expected more than the {} "
                        "parameters of a class of kernels",
                        device.name, samples.size(), Physics::count));
    const auto same = [&](const Sample& s) { return s.seconds == samples.front().seconds; };
    if (std::ranges::all_of(samples, same))
        throw core::Error(
            fmt::format("{}: all {} rows have the same time, {} ms: expected times that vary with the work",
                        device.name, samples.size(), samples.front().seconds * 1e3));
    PhysicsByClass typical;
    for (const auto kind : work_classes) typical.emplace(kind, typical_physics());
    std::vector<double> fast, slow;
    for (const auto& s : samples) {
        double roofline = 0;
        for (const auto& [work, count] : s.works) roofline += count * roofline_seconds(device.platform, work);
        fast.push_back(s.seconds / roofline);
        slow.push_back(s.seconds / physical_seconds(device.platform, typical, s.works));
    }
    if (const double ratio = quantile(fast, 0.5); ratio < 0.1)
        throw core::Error(
            fmt::format("{}: half of the rows take less than {:.3g} of the time that the datasheet allows (2 x MACs / "
                        "{} or bytes / "
                        "{}, the larger): are the times in another unit?",
                        device.name, ratio, to_text(device.platform.peak), to_text(device.platform.bandwidth)));
    if (const double ratio = quantile(slow, 0.5); ratio > 200)
        throw core::Error(fmt::format(
            "{}: half of the rows take more than {:.3g} times what such a device typically takes (its peak {}, memory "
            "{}): are the times in another unit?",
            device.name, ratio, to_text(device.platform.peak), to_text(device.platform.bandwidth)));
}

Device calibrate(Device device, const std::vector<Sample>& samples, const std::vector<Device>& siblings,
                 const CalibrateOptions& options) {
    check_samples(device, samples);
    Samples fitted, learning, waiting, unseen;
    for (const auto& s : samples) {
        if (held_out(s.config, options.holdout)) {
            unseen.push_back(&s);
            continue;
        }
        fitted.push_back(&s);
        (held_out("interval " + s.config, 0.15) ? waiting : learning).push_back(&s);
    }
    if (learning.size() <= Physics::count) learning = waiting = fitted;
    Calibration calibration;
    calibration.model = options.model;
    calibration.rows = samples.size();
    calibration.holdout = options.holdout;
    calibration.physics = start_from(siblings, calibration.taken_from);
    calibration.physics = fit_physics(device.platform, learning, std::move(calibration.physics));
    for (const auto* s : learning)
        for (const auto& entry : s->works) calibration.taken_from.erase(entry.work.kind);
    device.calibration = std::move(calibration);
    fit_learned(device, learning);
    fit_bands(device, waiting);
    score(device, fitted, unseen);
    return device;
}

}  // namespace dyad::models
