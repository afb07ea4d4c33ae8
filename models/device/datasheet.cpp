// SPDX-License-Identifier: Apache-2.0
#include "models/device/datasheet.hpp"

#include <set>

#include "models/device/learn.hpp"

namespace dyad::models {

Device from_datasheet(const Device& device, const Samples& others) {
    Device result = device;
    auto& c = result.calibration.emplace();
    c.model = "datasheet";
    c.rows = others.size();
    c.holdout = 1;
    for (const auto kind : work_classes) {
        c.physics.emplace(kind, typical_physics());
        c.taken_from[kind] = "priors";
    }
    fit_kernels(result, others);
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
        auto without = from_datasheet(result, rest);
        without.platform = *platform;
        for (const auto* s : left_out) {
            const double error = log_error(without, *s);
            errors[std::string(name(s->works[0].work.kind))].push_back(error);
            errors["any"].push_back(error);
        }
    }
    for (const auto& [group, list] : errors)
        result.calibration->bands[group] = {quantile(list, 0.05), quantile(list, 0.95)};
}

}  // namespace dyad::models
