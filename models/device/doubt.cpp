// SPDX-License-Identifier: Apache-2.0
#include "models/device/doubt.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace dyad::models {
namespace {

constexpr const char* from_priors = "priors";

/// Transfers and datasheets have errors of their own on what others measured.
bool from_others(const std::string& from) { return from == "known devices" || from == "other devices"; }

bool doubted(const Device& device, WorkClass kind, bool apart) {
    const auto& c = *device.calibration;
    const auto from = c.taken_from.find(kind);
    if (from != c.taken_from.end()) return !from_others(from->second);
    return apart && c.transfer.empty() && !c.bands.contains(std::string(name(kind)));
}

/// Whether the time of such a kernel depends on a parameter at all.
bool matters(const Work& work, std::size_t parameter) {
    switch (parameter) {
        case Physics::launch:
        case Physics::bandwidth:
        case Physics::overlap:
            return true;
        case Physics::small:
        case Physics::depth:
            return multiplies(work.kind) && work.kind != WorkClass::depthwise;
        case Physics::winograd:
            return work.kind == WorkClass::conv && work.side == 3 && work.stride == 1;
        default:
            return multiplies(work.kind);
    }
}

/// Change of the logarithm of a kernel's time with one spread of a parameter.
double change(const Device& device, const Physics& physics, const Work& work, std::size_t parameter) {
    auto more = physics, less = physics;
    const double factor = std::exp(physics.spread[parameter]);
    more.value[parameter] *= factor;
    less.value[parameter] /= factor;
    return std::log(physical_seconds(device.platform, more, work) / physical_seconds(device.platform, less, work)) / 2;
}

}  // namespace

void set_spread_as_taken(Physics& physics, const std::string& from) {
    if (from_others(from)) return;
    for (std::size_t p = 0; p < Physics::count; ++p)
        physics.spread[p] = from == from_priors ? priors()[p].spread : priors()[p].spread / 2;
}

double doubt(const Device& device, const WorkList& works, bool apart) {
    const auto any = [&](const auto& entry) { return doubted(device, entry.work.kind, apart); };
    if (std::ranges::none_of(works, any)) return 0;
    std::map<WorkClass, std::array<double, Physics::count>> seconds;  // that a spread of the parameter adds
    double total = 0;
    for (const auto& [work, count] : works) {
        const double time = works.size() == 1 ? 1 : count * device.part_seconds(work);
        total += time;
        if (!doubted(device, work.kind, apart)) continue;
        const auto& physics = device.calibration->physics.at(work.kind);
        auto& changes = seconds.try_emplace(work.kind).first->second;
        for (std::size_t p = 0; p < Physics::count; ++p)
            if (matters(work, p)) changes[p] += time * change(device, physics, work, p);
    }
    double square = 0;
    for (const auto& [kind, changes] : seconds)
        for (const double c : changes) square += std::pow(c / total, 2);
    return std::sqrt(square);
}

}  // namespace dyad::models
