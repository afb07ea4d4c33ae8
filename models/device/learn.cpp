// SPDX-License-Identifier: Apache-2.0
#include "models/device/learn.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "models/device/drift.hpp"

namespace dyad::models {
namespace {

constexpr std::size_t enough = 100;  // rows for trees

void fit_trees(Device& device, Samples samples) {
    std::ranges::sort(samples, std::less<>());  // as they were measured: they lie in one vector
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
        if (table.first.size() >= enough) device.calibration->trees[kind] = fit_steady(table.first, table.second);
}

}  // namespace

Samples networks_in(const Samples& samples) {
    Samples networks;
    std::ranges::copy_if(samples, std::back_inserter(networks), [](const auto* s) { return !single(s->works); });
    return networks;
}

double KernelSums::operator()(const WorkList& works) {
    double sum = 0;
    for (const auto& [work, count] : works) {
        const auto [found, added] = known_.try_emplace(work, 0);
        if (added) found->second = device_.part_seconds(work);
        sum += count * found->second;
    }
    return sum;
}

Trees fit_network_trees(const Device& device, const Samples& networks, const std::vector<double>& targets) {
    if (networks.size() < enough) return {};
    KernelSums sums(device);
    std::vector<std::vector<float>> rows;
    for (const auto* s : networks) rows.push_back(network_features(device.platform, s->works, sums(s->works)));
    return Trees::fit(rows, targets);
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

void fit_networks(Device& device, const Samples& samples) {
    const auto networks = networks_in(samples);
    KernelSums sums(device);
    std::vector<double> errors;
    for (const auto* s : networks) errors.push_back(std::log(s->seconds / sums(s->works)));
    device.calibration->network = fit_network_trees(device, networks, errors);
}

}  // namespace dyad::models
