// SPDX-License-Identifier: Apache-2.0
#include "codesign/experiment/target.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/value.hpp"
#include "models/device/device.hpp"

namespace dyad::codesign {
namespace {

bool needs_a_chip(const std::string& term) {
    const auto name = try_metric(term.substr(0, term.find_first_not_of("abcdefghijklmnopqrstuvwxyz_")));
    return name == Metric::energy || name == Metric::area || name == Metric::power || name == Metric::edp ||
           name == Metric::multipliers || name == Metric::chip_memory;
}

}  // namespace

bool is_device(const core::Document& document) {
    return std::ranges::any_of(document.root.entries, [](const auto& entry) { return entry.key == "device"; });
}

Target read_target(const core::Value& mention, std::shared_ptr<const core::Document> document) {
    Target target{mention.text(), std::move(document), nullptr};
    if (!is_device(*target.document)) return target;
    try {
        auto device = std::make_shared<const models::Device>(models::read_device(*target.document));
        if (!device->calibration)
            mention.fail(
                fmt::format("'{}' is a device without a calibration; make one by 'dyad calibrate'", target.name));
        target.device = std::move(device);
    } catch (const core::Error& error) {
        mention.fail(error.what());
    }
    return target;
}

const Target* target_of(const Experiment& experiment, const core::Genome& genome) {
    if (experiment.targets.empty()) return nullptr;
    const bool chosen = experiment.accelerator.genes > 0;
    return &experiment.targets.at(chosen ? static_cast<std::size_t>(genome.at(experiment.accelerator.first_gene)) : 0);
}

models::Fidelity fidelity_of(const Experiment& experiment, const core::Genome& genome) {
    const auto* target = target_of(experiment, genome);
    return target != nullptr && target->device ? models::Fidelity::calibrated : experiment.fidelity;
}

std::string fidelity_text(const Experiment& experiment) {
    std::vector<std::string> chips, devices;
    for (const auto& target : experiment.targets) (target.device ? devices : chips).push_back(target.name);
    const auto played = models::name(experiment.fidelity), calibrated = models::name(models::Fidelity::calibrated);
    if (devices.empty() || chips.empty()) return std::string(devices.empty() ? played : calibrated);
    return fmt::format("{} on {}; {} on {}", played, fmt::join(chips, ", "), calibrated, fmt::join(devices, ", "));
}

core::Gene target_gene(const std::vector<Target>& targets) {
    core::Gene gene;
    gene.name = "target";
    for (const auto& target : targets) gene.options.push_back(target.name);
    return gene;
}

void refuse_unmeasured(const core::Value& list, const std::vector<Target>& targets) {
    const auto device = std::ranges::find_if(targets, [](const Target& t) { return t.device != nullptr; });
    if (device == targets.end() || !list.is_list()) return;
    for (const auto& item : list.list())
        if (item.is_scalar() && needs_a_chip(item.text()))
            item.fail(
                fmt::format("found '{}', but '{}' is a measured device: its time is known, its energy, area "
                            "and parts are not; expected accuracy, latency, throughput, memory or model_size",
                            item.text(), device->name));
}

}  // namespace dyad::codesign
