// SPDX-License-Identifier: Apache-2.0
#include "models/device/learn.hpp"

#include <algorithm>
#include <cmath>

namespace dyad::models {
namespace {

constexpr std::size_t enough = 100;  // rows for trees
constexpr std::size_t parts = 5;     // of the spreads, with an interval each

bool single(const WorkList& works) { return works.size() == 1 && works[0].count == 1; }

Samples networks_in(const Samples& samples) {
    Samples networks;
    std::ranges::copy_if(samples, std::back_inserter(networks), [](const auto* s) { return !single(s->works); });
    return networks;
}

void fit_trees(Device& device, const Samples& samples) {
    std::map<WorkClass, std::pair<std::vector<std::vector<float>>, std::vector<double>>> data;
    for (const auto* sample : samples) {
        if (!single(sample->works)) continue;
        const auto& work = sample->works[0].work;
        const auto& platform = platform_of(*sample, device.platform);
        const double physical = physical_seconds(platform, device.calibration->physics.at(work.kind), work);
        auto& [rows, targets] = data[work.kind];
        rows.push_back(kernel_features(platform, work, physical));
        targets.push_back(std::log(sample->seconds / physical));
    }
    for (const auto& [kind, table] : data)
        if (table.first.size() >= enough) device.calibration->trees[kind] = Trees::fit(table.first, table.second);
}

/// The features of networks and one target each.
Trees network_trees(const Device& device, const Samples& networks, const std::vector<double>& targets) {
    std::vector<std::vector<float>> rows;
    for (const auto* s : networks) {
        double sum = 0;
        for (const auto& [work, count] : s->works) sum += count * device.part_seconds(work);
        rows.push_back(network_features(device.platform, s->works, sum));
    }
    return Trees::fit(rows, targets);
}

double mean_error(const Device& device, const Samples& samples) {
    double sum = 0;
    for (const auto* s : samples) sum += std::abs(device.learned_seconds(s->works) / s->seconds - 1);
    return sum / static_cast<double>(samples.size());
}

std::vector<double> log_errors(const Device& device, const Samples& samples) {
    std::vector<double> errors;
    for (const auto* s : samples) errors.push_back(log_error(device, *s));
    return errors;
}

}  // namespace

double log_error(const Device& device, const Sample& sample) {
    return std::log(sample.seconds / device.predict(sample.works).seconds);
}

void fit_kernels(Device& device, const Samples& samples) {
    auto& c = *device.calibration;
    c.physics = fit_physics(device.platform, samples, std::move(c.physics));
    for (const auto* s : samples)
        for (const auto& entry : s->works) c.taken_from.erase(entry.work.kind);
    fit_trees(device, samples);
    if (!c.trees.empty()) return;  // kernels were measured one by one: networks are their sum
    if (const auto networks = networks_in(samples); !networks.empty())
        c.correction = Correction::fit(device.platform, c.physics, networks);
}

void fit_networks(Device& device, const Samples& samples, const Samples& unseen) {
    auto& c = *device.calibration;
    const auto networks = networks_in(samples), judges = networks_in(unseen);
    if (networks.size() < enough || judges.empty()) return;
    const double before = mean_error(device, judges);
    c.network = network_trees(device, networks, log_errors(device, networks));
    if (mean_error(device, judges) >= before) c.network = {};
}

void fit_spread(Device& device, const Samples& unseen) {
    const auto networks = networks_in(unseen);
    if (networks.size() < enough) return;
    auto magnitudes = log_errors(device, networks);
    for (auto& e : magnitudes) e = std::log(std::abs(e) + 0.002);
    device.calibration->spread = network_trees(device, networks, magnitudes);
}

void fit_bands(Device& device, const Samples& unseen) {
    auto& c = *device.calibration;
    const auto networks = networks_in(unseen);
    if (networks.size() < enough) c.spread = {};
    std::vector<double> spreads;
    if (!c.spread.empty())
        for (const auto* s : networks) spreads.push_back(device.spread(s->works));
    for (std::size_t step = 1; step < parts && !spreads.empty(); ++step)
        c.spread_steps.push_back(quantile(spreads, static_cast<double>(step) / parts));
    std::map<std::string, std::vector<double>> errors;
    for (const auto* s : unseen) {
        const double error = log_error(device, *s);
        errors[single(s->works) ? std::string(name(s->works[0].work.kind)) : "network"].push_back(error);
        if (!single(s->works) && !spreads.empty()) errors[device.spread_band(device.spread(s->works))].push_back(error);
        errors["any"].push_back(error);
    }
    for (const auto& [group, list] : errors) {
        const double widen = 1.0 / static_cast<double>(list.size() + 1);  // conformal: n + 1 instead of n
        c.bands[group] = {quantile(list, std::max(0., 0.05 - widen)), quantile(list, std::min(1., 0.95 + widen))};
    }
}

}  // namespace dyad::models
