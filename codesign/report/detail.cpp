// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/detail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/experiment/target.hpp"
#include "codesign/report/words.hpp"
#include "core/value.hpp"
#include "models/device/device.hpp"
#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

double shortened(double value) { return value == 0 ? 0 : std::stod(fmt::format("{:.5g}", value)); }

/// Five digits are enough for a page, and halve it.
void shorten(Json& json) {
    if (json.is_number_float()) json = shortened(json.get<double>());
    if (json.is_structured())
        for (auto& item : json) shorten(item);
}

/// Strings that recur, once each; the page holds their numbers.
class Strings {
public:
    std::size_t number(const std::string& text) {
        const auto [entry, added] = numbers_.try_emplace(text, texts_.size());
        if (added) texts_.push_back(text);
        return entry->second;
    }
    [[nodiscard]] const std::vector<std::string>& texts() const { return texts_; }

private:
    std::map<std::string, std::size_t> numbers_;
    std::vector<std::string> texts_;
};

/// One row: name, op, engine, bound by (numbers of strings), start, latency, cycles, stalls, MACs, utilisation, then
/// the energy parts. pair.js names the columns again.
Json kernel_json(const models::KernelReport& kernel, Strings& strings) {
    const auto& energy = kernel.energy;
    Json row = {strings.number(kernel.name),
                strings.number(kernel.op),
                strings.number(kernel.engine),
                strings.number(kernel.bound_by),
                kernel.start.count(),
                kernel.latency.count(),
                kernel.cycles.count(),
                kernel.stall_cycles.count(),
                kernel.macs,
                kernel.utilization,
                energy.mac.count(),
                energy.reg.count(),
                energy.buffer.count(),
                energy.dram.count(),
                energy.network.count(),
                energy.leakage.count()};
    shorten(row);
    return row;
}

Json simulation_json(models::Report report, Strings& strings) {
    Json kernels = Json::array();
    for (const auto& kernel : report.kernels) kernels.push_back(kernel_json(kernel, strings));
    report.kernels.clear();
    Json json = models::to_json(report, {});
    json.erase("manifest");
    json.erase("schema");
    shorten(json);
    json["kernels"] = std::move(kernels);
    return json;
}

/// Nothing of a device, whose area nobody tells.
Json parts_json(const Candidate& candidate) {
    Json parts = Json::array();
    if (candidate.device) return parts;
    const auto& accelerator = *candidate.accelerator;
    for (const auto& part : models::area_parts(accelerator))
        parts.push_back({{"component", part.component}, {"area_mm2", part.area.count()}});
    shorten(parts);
    return parts;
}

std::string resolved_yaml(const Part& part, const core::Genome& joint) {
    core::Errors errors;
    const auto genome = part.slice(joint);
    return core::to_yaml(core::Value(*part.document, &genome, errors).resolved());
}

/// The chip as a file, or the device without its calibration.
std::string hardware_yaml(const Experiment& experiment, const core::Genome& genome) {
    const auto* target = target_of(experiment, genome);
    if (target == nullptr) return resolved_yaml(experiment.accelerator, genome);
    return core::to_yaml(target->device ? target->device->head : target->document->root);
}

Json genes_json(const core::ChoiceSpace& space, const core::Genome& genome) {
    Json labels = Json::array();
    for (std::size_t i = 0; i < space.genes().size(); ++i)
        labels.push_back(space.active(genome, i) ? Json(space.genes()[i].label(genome[i])) : Json(nullptr));
    return labels;
}

/// Relative difference of the closed forms from the run's own figure, summed over the networks of a pair.
double analytic_gap(const std::vector<models::Report>& own, const std::vector<models::Report>& closed) {
    double a = 0, b = 0;
    for (const auto& report : own) a += report.latency.count();
    for (const auto& report : closed) b += report.latency.count();
    return b / a - 1;
}

struct Trust {
    std::map<std::string, models::UnitGap> units{};  ///< with modules of their own, by name
    std::size_t pairs = 0, extrapolated = 0, on_host = 0;
    double gap = 0, worst_gap = 0;
};

Json pair_json(const Run& run, const Pair& pair, PairEvaluator& evaluator, Strings& strings, Trust& trust) {
    const auto& experiment = *run.experiment;
    const auto candidate = evaluator.decode(pair.genome);
    const auto reports = evaluator.simulate(candidate, experiment.fidelity);
    const auto estimates = evaluator.accuracy(candidate);
    const bool extrapolated =
        std::any_of(estimates.begin(), estimates.end(), [](const auto& e) { return e.extrapolated; });
    const double gap = analytic_gap(reports, evaluator.simulate(candidate, models::Fidelity::analytic));
    Json simulations = Json::array();
    for (const auto& report : reports) {
        simulations.push_back(simulation_json(report, strings));
        for (const auto& unit : report.plugins) {
            auto& sum = trust.units[unit.unit];
            sum.file += unit.file;
            sum.module += unit.module;
        }
        trust.on_host +=
            std::any_of(report.kernels.begin(), report.kernels.end(), [](const auto& k) { return k.engine == "host"; });
    }
    ++trust.pairs;
    trust.extrapolated += extrapolated;
    trust.gap += std::abs(gap);
    trust.worst_gap = std::max(trust.worst_gap, std::abs(gap));
    Json spread = Json::object();
    if (!estimates.empty()) spread["accuracy"] = pair.evaluation.accuracy_spread;
    if (pair.evaluation.latency_high > 0)
        spread["latency"] = (pair.evaluation.latency_high - pair.evaluation.latency_low) / 2;
    return {{"id", pair.id},
            {"genes", genes_json(experiment.space, pair.genome)},
            {"objectives", objective_values(experiment, pair.evaluation)},
            {"spread", spread},
            {"extrapolated", extrapolated},
            {"simulations", simulations},
            {"accelerator", {{"parts", parts_json(candidate)}, {"yaml", hardware_yaml(experiment, pair.genome)}}}};
}

std::string accuracy_words(const std::string& surrogate, const arch_space::Surrogate::Quality& quality) {
    const auto squared = quality.leave_one_out_rmse > 0
                             ? fmt::format(" ({:.2f} root mean square)", quality.leave_one_out_rmse)
                             : std::string();
    return fmt::format(
        "Accuracy is an estimate by the surrogate {}, fitted to {} published networks: {} error {:.2f} points on "
        "average{}, "
        "rank correlation {:.3f}; its 90 % intervals hold {:.0f} % of the rows left out.",
        surrogate, quality.rows, quality.method, quality.leave_one_out_mae, squared, quality.leave_one_out_spearman,
        100 * quality.interval_coverage);
}

Json trust_json(const Experiment& experiment, const Trust& trust) {
    Json lines = Json::array();
    const auto count = static_cast<double>(std::max<std::size_t>(1, trust.pairs));
    if (experiment.fidelity != models::Fidelity::calibrated)
        lines.push_back(fmt::format(
            "Latency, energy and traffic are from the {} model. On the front, the closed forms differ from it "
            "by {:.1f} % in latency on "
            "average and {:.1f} % at most.",
            models::name(experiment.fidelity), 100 * trust.gap / count, 100 * trust.worst_gap));
    for (const auto& target : experiment.targets)
        if (target.device)
            lines.push_back(fmt::format(
                "On {} ({}) latency is predicted by its calibration; the 90 % interval is what rows that the "
                "fit has not seen leave. {}",
                target.name, target.device->framework, target.device->caveats));
    for (const auto& [name, gap] : trust.units)
        lines.push_back(
            fmt::format("The time of unit {} is its module's: {} cycles on the front where its file, which the mapper "
                        "uses, estimates {} ({:+.1f} %).",
                        name, gap.module.count(), gap.file.count(), 100 * gap.relative()));
    if (experiment.surrogate) {
        const auto quality = arch_space::Surrogate::load(experiment.surrogate_file).quality();
        lines.push_back(accuracy_words(*experiment.surrogate, quality));
        lines.push_back(fmt::format(
            "{} of the {} pairs on the front lie outside the range it was fitted on; their intervals are wider.",
            trust.extrapolated, trust.pairs));
    }
    if (trust.on_host > 0)
        lines.push_back(
            fmt::format("On {} of the pairs' networks some kernels run on the host, outside the chip's area and power.",
                        trust.on_host));
    return lines;
}

std::vector<std::string> sources(const Experiment& experiment) {
    if (!experiment.surrogate) return {};
    return arch_space::Surrogate::load(experiment.surrogate_file).quality().sources;
}

}  // namespace

FrontDetails front_details(const Run& run) {
    PairEvaluator evaluator(run.experiment);
    Trust trust;
    Strings strings;
    Json pairs = Json::array();
    for (const auto index : run.front)
        if (!run.pairs[index].evaluation.failed())
            pairs.push_back(pair_json(run, run.pairs[index], evaluator, strings, trust));
    return {std::move(pairs), trust_json(*run.experiment, trust), strings.texts(), sources(*run.experiment)};
}

}  // namespace dyad::codesign
