// SPDX-License-Identifier: Apache-2.0
#include "models/device/device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/statistics.hpp"
#include "models/device/doubt.hpp"

namespace dyad::models {
namespace {

double kernel_seconds(const Device& device, const Work& work) {
    const auto& c = *device.calibration;
    const double physical = physical_seconds(device.platform, c.physics.at(work.kind), work);
    const auto trees = c.trees.find(work.kind);
    if (trees == c.trees.end()) return physical;
    const auto features = kernel_features(device.platform, work, physical);
    return physical * std::exp(trees->second.predict(features));
}

double parts_seconds(const Device& device, const WorkList& works) {
    double sum = 0;
    for (const auto& [work, count] : works) sum += count * device.part_seconds(work);
    return sum;
}

KernelReport kernel_report(const Node& node, const Dataflow& dataflow, const Device& device, double scale,
                           core::Seconds start) {
    const auto works = works_of(node, dataflow);
    const auto& work = works.front();
    const auto& c = *device.calibration;
    KernelReport k;
    k.name = node.kernel.name;
    k.op = node.kernel.op;
    k.members = node.kernel.members;
    k.start = start;
    for (const auto& part : works) k.latency += core::Seconds(scale * device.part_seconds(part));
    k.macs = node.kernel.macs();
    k.utilization = 2 * static_cast<double>(k.macs) / (k.latency.count() * device.platform.peak.count());
    const auto from = c.taken_from.find(work.kind);
    k.engine = std::string(name(work.kind)) + (from == c.taken_from.end() ? "" : " (from " + from->second + ")");
    const double launch = c.physics.at(work.kind).value[Physics::launch];
    const double memory = work.elements() * device.platform.bytes_per_element / device.platform.bandwidth.count();
    const double compute = 2 * work.macs() / device.platform.peak.count();
    k.bound_by = launch > std::max(memory, compute) ? "overhead" : memory > compute ? "dram" : "compute";
    return k;
}

}  // namespace

std::string Device::taken_from(const WorkList& works) const {
    std::string text;
    for (const auto& [kind, from] : calibration->taken_from)
        if (std::ranges::any_of(works, [&](const auto& entry) { return entry.work.kind == kind; }))
            text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", models::name(kind), from);
    return text;
}

double Device::part_seconds(const Work& work) const {
    const auto& c = *calibration;
    if (!c.transfer.empty()) return c.transfer.seconds(work);
    if (c.model != "physical" && c.correction.points.empty()) return kernel_seconds(*this, work);
    const double physical = physical_seconds(platform, c.physics.at(work.kind), work);
    return c.model == "physical" ? physical : physical * (1 + c.correction.at(work));
}

double Device::learned_seconds(const WorkList& works) const {
    if (single(works) && calibration->transfer.empty()) return kernel_seconds(*this, works[0].work);
    return learned_seconds(works, parts_seconds(*this, works));
}

double Device::learned_seconds(const WorkList& works, double parts) const {
    if (calibration->network.empty() || works.empty() || single(works)) return parts;
    return parts * std::exp(calibration->network.predict(network_features(platform, works, parts)));
}

double Device::spread(const WorkList& works, double parts) const {
    if (calibration->spread.empty() || single(works) || works.empty()) return 1;
    return std::exp(-calibration->spread.predict(network_features(platform, works, parts)));
}

double Calibration::Kind::distance(const std::vector<float>& features) const {
    double sum = 0;
    for (std::size_t i = 0; i < middle.size() && i < features.size(); ++i)
        sum += std::pow((static_cast<double>(features[i]) - middle[i]) / width[i], 2);
    return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(1, middle.size())));
}

std::string Device::kind_of(const WorkList& works) const {
    const auto& kinds = calibration->kinds;
    if (kinds.empty()) return "network";
    const auto features = network_features(platform, works, 1);
    const auto nearest = std::ranges::min_element(
        kinds, {}, [&](const auto& entry) { return entry.second.distance(features) / entry.second.reach; });
    constexpr double beyond = 1.5;  // of the reach of a kind: no longer one of it
    return nearest->second.distance(features) > beyond * nearest->second.reach ? "network" : nearest->first;
}

Prediction Device::predict(const WorkList& works) const {
    if (!calibration) throw core::Error(fmt::format("{}: the device is not calibrated (dyad calibrate)", name));
    if (calibration->model == "physical")
        return predict(works, physical_seconds(platform, calibration->physics, works));
    return predict(works, single(works) ? learned_seconds(works) : parts_seconds(*this, works));
}

Prediction Device::predict(const WorkList& works, double parts) const {
    const double seconds = calibration->model == "physical" ? parts : learned_seconds(works, parts);
    const auto& bands = calibration->bands;
    const auto kind = single(works) ? std::string(models::name(works[0].work.kind)) : kind_of(works);
    const bool apart = single(works) || (kind == "network" && !calibration->kinds.empty());
    auto band = bands.find(kind);
    if (band == bands.end()) band = bands.find(single(works) ? "any" : "network");
    if (band == bands.end()) band = bands.find("any");
    const double scale = spread(works, parts), reach = core::normal_90 * doubt(*this, works, apart);
    const auto [low, high] = band == bands.end() ? Calibration::Band() : band->second;
    return {seconds, seconds * std::exp(std::min(scale * low, -reach)),
            seconds * std::exp(std::max(scale * high, reach))};
}

Report calibrated(const Dataflow& dataflow, const Device& device) {
    if (!device.calibration)
        throw core::Error(fmt::format("{}: the device is not calibrated (dyad calibrate)", device.name));
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    Report report;
    report.network = dataflow.name();
    report.accelerator = device.name;
    report.fidelity = Fidelity::calibrated;
    report.batch = dataflow.batch();
    report.macs = dataflow.macs();
    report.parameters = dataflow.parameters();
    report.weight_bytes = dataflow.weight_bytes();
    report.peak_activation_bytes = dataflow.peak_activation_bytes();
    const auto works = works_of(dataflow);
    const double parts = parts_seconds(device, works);
    const bool whole = device.calibration->model != "physical" && !device.calibration->network.empty();
    const double scale = whole && parts > 0 ? device.learned_seconds(works, parts) / parts : 1;
    for (const auto& node : dataflow.nodes()) {
        report.kernels.push_back(kernel_report(node, dataflow, device, scale, report.latency));
        report.latency += report.kernels.back().latency;
    }
    report.energy = core::Joules(unknown);
    report.power = core::Watts(unknown);
    report.area = core::SquareMillimetres(unknown);
    report.utilization = 2 * static_cast<double>(report.macs) / (report.latency.count() * device.platform.peak.count());
    return report;
}

}  // namespace dyad::models
