// SPDX-License-Identifier: Apache-2.0
#include "models/device/intervals.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "core/random.hpp"
#include "core/statistics.hpp"
#include "models/device/learn.hpp"

namespace dyad::models {
namespace {

constexpr std::size_t folds = 5;
constexpr std::size_t enough = 30;     // networks for a kind of their own
constexpr double narrower = 0.97;      // widths that a learned spread must reach
constexpr std::size_t conformal = 19;  // errors whose least and largest hold 90 % of further ones

/// A row as a fit to the other folds predicts it.
struct Unseen {
    const Sample* sample = nullptr;
    std::size_t fold = 0;
    double plain = 0, whole = 0;  ///< log errors without and with trees of whole networks
    double error = 0;             ///< of the two, the one of what ships
    double spread = 1;
};
using Rows = std::vector<Unseen>;

std::size_t fold_of(const Sample& sample) {
    return static_cast<std::size_t>(folds * core::Stream(1, "interval " + sample.config).uniform());
}

void predict_fold(const Device& start, const Samples& others, std::size_t fold, const Samples& left_out, Rows& rows) {
    auto device = start;
    fit_kernels(device, others);
    const bool physical = device.calibration->model == "physical";
    if (!physical) fit_networks(device, others);
    const auto& network = device.calibration->network;
    KernelSums sums(device);
    for (const auto* s : left_out) {
        Unseen row{.sample = s, .fold = fold};
        if (single(s->works)) {
            row.plain = row.whole = log_error(device, *s);
        } else {
            const double sum = sums(s->works);
            row.plain = row.whole = std::log(s->seconds / sum);
            if (!network.empty()) row.whole -= network.predict(network_features(device.platform, s->works, sum));
        }
        rows.push_back(row);
    }
}

Rows cross_predict(const Device& device, const Samples& samples) {
    std::array<Samples, folds> parts;
    for (const auto* s : samples) parts[fold_of(*s)].push_back(s);
    Rows rows;
    for (std::size_t fold = 0; fold < folds; ++fold) {
        Samples others;
        for (std::size_t i = 0; i < folds; ++i)
            if (i != fold) others.insert(others.end(), parts[i].begin(), parts[i].end());
        if (parts[fold].empty()) continue;
        predict_fold(device, others.empty() ? samples : others, fold, parts[fold], rows);
    }
    return rows;
}

/// Whether trees of whole networks bring the mean error of networks down.
bool whole_is_better(const Rows& rows) {
    double plain = 0, whole = 0;
    for (const auto& row : rows) {
        plain += std::abs(std::exp(-row.plain) - 1);
        whole += std::abs(std::exp(-row.whole) - 1);
    }
    return whole < plain;
}

/// The middle and the reach of the features of each group of networks.
std::map<std::string, Calibration::Kind> kinds_in(const Device& device, const Rows& rows) {
    std::map<std::string, std::vector<std::vector<float>>> groups;
    for (const auto& row : rows)
        if (!single(row.sample->works))
            groups[row.sample->group].push_back(network_features(device.platform, row.sample->works, 1));
    std::map<std::string, Calibration::Kind> kinds;
    for (const auto& [group, features] : groups) {
        if (features.size() < enough) continue;
        auto& kind = kinds[group];
        for (std::size_t i = 0; i < features[0].size(); ++i) {
            const auto n = static_cast<double>(features.size());
            double mean = 0, square = 0;
            for (const auto& f : features) mean += static_cast<double>(f[i]) / n;
            for (const auto& f : features) square += std::pow(static_cast<double>(f[i]) - mean, 2) / n;
            kind.middle.push_back(mean);
            kind.width.push_back(std::max(std::sqrt(square), 0.1));
        }
        kind.reach = 0.1;
        for (const auto& f : features) kind.reach = std::max(kind.reach, kind.distance(f));
    }
    return kinds;
}

std::string group_of(const Device& device, const Sample& sample) {
    return single(sample.works) ? std::string(name(sample.works[0].work.kind)) : device.kind_of(sample.works);
}

/// Errors of every class and kind over their spread, and (`over_spread` off) as they are.
std::map<std::string, std::vector<double>> errors_by_group(const Device& device, const Rows& rows, bool over_spread) {
    std::map<std::string, std::vector<double>> errors;
    for (const auto& row : rows)
        errors[group_of(device, *row.sample)].push_back(over_spread ? row.error / row.spread : row.error);
    return errors;
}

/// Mean width of the intervals of networks.
double network_width(const Device& device, const Rows& rows, bool over_spread) {
    const auto errors = errors_by_group(device, rows, over_spread);
    double sum = 0;
    for (const auto& row : rows) {
        if (single(row.sample->works)) continue;
        const auto band = conformal_band(errors.at(group_of(device, *row.sample)));
        sum += (band.high - band.low) * (over_spread ? row.spread : 1);
    }
    return sum;
}

/// Trees of -log(magnitude of error): what is fitted is relative, so that large errors are followed, not small ones.
Trees spread_trees(const Device& device, const Rows& rows, double least, std::size_t without) {
    Samples networks;
    std::vector<double> targets;
    for (const auto& row : rows) {
        if (single(row.sample->works) || row.fold == without) continue;
        networks.push_back(row.sample);
        targets.push_back(-std::log(std::abs(row.error) + least));
    }
    return fit_network_trees(device, networks, targets);
}

/// The magnitude of errors by network, where it narrows the intervals: each fold's from those of the others.
void fit_spread(Device& device, Rows& rows) {
    auto& spread = device.calibration->spread;
    KernelSums sums(device);
    std::vector<double> magnitudes;
    for (const auto& row : rows)
        if (!single(row.sample->works)) magnitudes.push_back(std::abs(row.error));
    const double least = core::quantile(magnitudes, 0.5) / 2;
    for (std::size_t fold = 0; fold < folds && !magnitudes.empty(); ++fold) {
        spread = spread_trees(device, rows, least, fold);
        if (spread.empty()) return;
        for (auto& row : rows)
            if (row.fold == fold) row.spread = device.spread(row.sample->works, sums(row.sample->works));
    }
    if (network_width(device, rows, true) < narrower * network_width(device, rows, false)) {
        spread = spread_trees(device, rows, least, folds);
        return;
    }
    spread = {};
    for (auto& row : rows) row.spread = 1;
}

Calibration::Band hull(const Calibration::Band& a, const Calibration::Band& b) {
    return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

void fit_bands(Device& device, const Rows& rows) {
    auto& bands = device.calibration->bands;
    const Calibration::Band zero;  // an interval holds what it is of
    std::vector<double> all;
    Calibration::Band widest;
    for (const auto& row : rows) all.push_back(row.error);
    bands["any"] = hull(zero, all.size() < conformal ? band_of_few(all) : conformal_band(all));
    for (const auto& [group, errors] : errors_by_group(device, rows, true)) {
        const auto own = hull(zero, conformal_band(errors));
        bands[group] = errors.size() < conformal ? hull(own, bands["any"]) : own;
        if (find_work_class(group)) continue;
        widest = {std::min(widest.low, bands[group].low), std::max(widest.high, bands[group].high)};
    }
    if (widest.low < widest.high) bands["network"] = widest;
}

}  // namespace

double log_error(const Device& device, const Sample& sample) {
    return std::log(sample.seconds / device.predict(sample.works).seconds);
}

Calibration::Band conformal_band(const std::vector<double>& errors) {
    const double widen = 1.0 / static_cast<double>(errors.size() + 1);  // n + 1 instead of n
    return {core::quantile(errors, std::max(0., 0.05 - widen)), core::quantile(errors, std::min(1., 0.95 + widen))};
}

Calibration::Band band_of_few(const std::vector<double>& errors) {
    constexpr std::array student{6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833,
                                 1.812, 1.796, 1.782, 1.771, 1.761, 1.753, 1.746, 1.740, 1.734};
    if (errors.empty() || errors.size() > student.size())
        throw std::logic_error("band_of_few: of 1 to 18 errors, found " + std::to_string(errors.size()));
    const auto n = static_cast<double>(errors.size());
    double square = 0, largest = 0;
    for (const double e : errors) square += e * e / n, largest = std::max(largest, std::abs(e));
    const double half = std::max(largest, student.at(errors.size() - 1) * std::sqrt(square * (1 + 1 / n)));
    return {-half, half};
}

void fit_with_intervals(Device& device, const Samples& samples) {
    fit_kernels(device, samples);
    auto rows = cross_predict(device, samples);
    const bool whole = whole_is_better(rows);
    for (auto& row : rows) row.error = whole ? row.whole : row.plain;
    if (whole) fit_networks(device, samples);
    device.calibration->kinds = kinds_in(device, rows);
    fit_spread(device, rows);
    fit_bands(device, rows);
}

}  // namespace dyad::models
