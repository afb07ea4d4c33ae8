// SPDX-License-Identifier: Apache-2.0
#include "models/device/datasheet.hpp"
#include "core/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "models/device/intervals.hpp"
#include "models/device/learn.hpp"

namespace dyad::models {

namespace {

/// What vendors' libraries make of products on a GPU: most of the peak, launched within 40 to 57 us from an eager
/// framework; tiles halve at 0.9 of the rate, of many small products at 0.7. Fits to any four of NeuSight's five GPUs
/// say nearly the same. Before Volta, kernels that read both operands along k, as linear layers do, reach 0.72 of that
/// (Tesla P100 0.75; P4, before it throttles, 0.65 to 0.7).
Physics library_physics(const Platform& platform, WorkClass kind) {
    auto physics = typical_physics();
    if (kind == WorkClass::linear)
        physics.value = {57e-6, platform.before_volta() ? 0.66 : 0.92, 0.9, 16, 0.65, 1, 10, 1e-4, 1.4};
    else
        physics.value = {40e-6, 0.92, 0.7, 8, 0.65, 1, 10, 1e-4, 1.4};
    return physics;
}

bool is_product(const Sample& sample) {
    const auto kind = sample.works[0].work.kind;
    return kind == WorkClass::linear || kind == WorkClass::matmul;
}

double away(double process, double other) { return std::abs(std::log(process / other)); }

/// Those measured on the devices whose process is nearest: of one generation, or the one before or after.
Samples of_nearest_generation(const Platform& platform, const Samples& products) {
    double nearest = 1e9;
    for (const auto* s : products)
        if (s->platform->process > 0) nearest = std::min(nearest, away(platform.process, s->platform->process));
    Samples list;
    for (const auto* s : products)
        if (s->platform->process > 0 && away(platform.process, s->platform->process) < nearest + 0.1) list.push_back(s);
    return list;
}

/// Products by the library, and a quarter of what devices of the nearest generation do otherwise, up to 0.3: few as
/// they are, they tell the direction better than the size, and a board that throttles tells of itself alone.
void add_products(Device& device, const Samples& products) {
    auto& c = *device.calibration;
    std::map<WorkClass, std::pair<std::vector<std::vector<float>>, std::vector<double>>> data;
    for (const auto* s : of_nearest_generation(device.platform, products)) {
        auto platform = *s->platform;
        platform.power_limits = true;
        const auto& work = s->works[0].work;
        const double physical = physical_seconds(platform, library_physics(platform, work.kind), work);
        auto& [rows, targets] = data[work.kind];
        rows.push_back(kernel_features(platform, work, physical));
        targets.push_back(0.25 * std::clamp(std::log(s->seconds / physical), -0.3, 0.3));
    }
    for (const auto& [kind, table] : data) {
        c.physics[kind] = library_physics(device.platform, kind);
        c.trees[kind] = Trees::fit(table.first, table.second);
    }
}

}  // namespace

Device from_datasheet(const Device& device, const Samples& others) {
    Device result = device;
    result.platform.power_limits = true;
    auto& c = result.calibration.emplace();
    c.model = "datasheet";
    c.rows = others.size();
    c.holdout = 1;
    for (const auto kind : work_classes) {
        c.physics.emplace(kind, typical_physics());
        c.taken_from[kind] = "priors";
    }
    const bool by_generation = device.platform.kind == Platform::Kind::gpu && device.platform.process > 0;
    Samples products, rest;
    for (const auto* s : others) (by_generation && is_product(*s) ? products : rest).push_back(s);
    if (!rest.empty()) fit_kernels(result, rest);
    add_products(result, products);
    for (const auto* s : others)
        for (const auto& entry : s->works) c.taken_from[entry.work.kind] = "other devices";
    return result;
}

void add_intervals(Device& result, const Samples& others) {
    std::set<std::shared_ptr<const Platform>> platforms;
    for (const auto* s : others) platforms.insert(s->platform);
    std::map<std::string, std::vector<double>> errors;
    for (const auto& platform : platforms) {
        Samples rest, left_out;
        for (const auto* s : others) (s->platform == platform ? left_out : rest).push_back(s);
        if (rest.empty()) continue;
        auto alone = result;
        alone.platform = *platform;
        const auto without = from_datasheet(alone, rest);
        for (const auto* s : left_out) {
            const double error = log_error(without, *s);
            errors[std::string(name(s->works[0].work.kind))].push_back(error);
            errors["any"].push_back(error);
        }
    }
    for (const auto& [group, list] : errors)
        result.calibration->bands[group] = {core::quantile(list, 0.05), core::quantile(list, 0.95)};
}

}  // namespace dyad::models
