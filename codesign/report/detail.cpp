// SPDX-License-Identifier: Apache-2.0
#include "codesign/report/detail.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "codesign/accuracy/program.hpp"
#include "codesign/evaluation/pair_evaluator.hpp"
#include "codesign/experiment/target.hpp"
#include "codesign/report/chip.hpp"
#include "codesign/report/memory.hpp"
#include "codesign/report/words.hpp"
#include "core/value.hpp"
#include "models/device/device.hpp"
#include "models/schedule/residence.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

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

std::uint64_t bytes_at(const models::KernelReport& kernel, const std::string& level) {
    std::uint64_t sum = 0;
    for (const auto& row : kernel.traffic)
        if (row.level == level) sum += row.read.count() + row.write.count();
    return sum;
}

/// One row: name, op, engine, bound by (numbers of strings), start, latency, cycles, stalls, MACs, utilisation, the
/// energy parts, bytes at DRAM, and what lies in the watched buffer. layers.js names the columns again.
Json kernel_json(const models::KernelReport& kernel, const std::string& dram, const BufferUse& use, Strings& strings) {
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
                energy.leakage.count(),
                bytes_at(kernel, dram),
                use.resident.count(),
                use.tiles.count(),
                use.ahead.count()};
    shorten(row);
    return row;
}

/// `schedule` is null on a device.
Json simulation_json(models::Report report, const models::Schedule* schedule, Strings& strings) {
    const auto use = schedule ? buffer_use(*schedule, report) : std::vector<BufferUse>();
    const std::string dram = schedule ? schedule->accelerator->dram.name : "";
    Json kernels = Json::array();
    for (std::size_t k = 0; k < report.kernels.size(); ++k)
        kernels.push_back(kernel_json(report.kernels[k], dram, use.empty() ? BufferUse{} : use[k], strings));
    report.kernels.clear();
    Json json = models::to_json(report, {});
    json.erase("manifest");
    json.erase("schema");
    shorten(json);
    json["kernels"] = std::move(kernels);
    if (!use.empty()) {
        const auto& chip = *schedule->accelerator;
        const auto& buffer = chip.buffers[models::watched_buffer(chip)];
        json["memory"] = {{"name", buffer.name}, {"size", buffer.size.count()}};
    }
    return json;
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

/// Relative difference of the closed forms from the run's own figure, summed over the networks of a pair.
double analytic_gap(const std::vector<models::Report>& own, const std::vector<models::Report>& closed) {
    double a = 0, b = 0;
    for (const auto& report : own) a += report.latency.count();
    for (const auto& report : closed) b += report.latency.count();
    return b / a - 1;
}

struct Trust {
    std::map<std::string, models::UnitGap> units{};  ///< with modules of their own, by name
    std::size_t pairs = 0, on_chips = 0, extrapolated = 0, on_host = 0;
    double gap = 0, worst_gap = 0;
    void add(const models::Report& report) {
        on_host += std::ranges::any_of(report.kernels, [](const auto& k) { return k.engine == "host"; });
        for (const auto& unit : report.plugins) {
            auto& sum = units[unit.unit];
            sum.file += unit.file;
            sum.module += unit.module;
        }
    }
    void add(const PlayedPair& figures, bool beyond) {
        const double timing = figures.timing;
        ++pairs;
        on_chips += figures.chip != nullptr;
        extrapolated += beyond;
        gap += timing;
        worst_gap = std::max(worst_gap, timing);
    }
};

/// Maps and plays a pair once more.
class Player {
public:
    explicit Player(const Run& run) : run_(run), evaluator_(run.experiment) {}

    Json pair_json(std::size_t index, std::vector<PlayedPair>& all) {
        const auto& pair = run_.pairs[index];
        const auto candidate = evaluator_.decode(pair.genome);
        PlayedPair figures{index, candidate.accelerator, {}, {}, 0};
        const bool extrapolated =
            std::ranges::any_of(evaluator_.accuracy(candidate), [](const auto& e) { return e.extrapolated; });
        auto chip = candidate.device ? Json::object() : chip_json(*candidate.accelerator);
        chip["yaml"] = hardware_yaml(*run_.experiment, pair.genome);
        Json simulations = candidate.device ? on_device(candidate) : on_chip(candidate, figures);
        trust.add(figures, extrapolated);
        if (!candidate.device) all.push_back(std::move(figures));
        return {{"id", pair.id}, {"extrapolated", extrapolated}, {"simulations", simulations}, {"chip", chip}};
    }

    Trust trust;
    Strings strings;

private:
    Json on_chip(const Candidate& candidate, PlayedPair& figures) {
        std::vector<models::Report> closed;
        Json simulations = Json::array();
        for (const auto& schedule : evaluator_.map(candidate)) {
            closed.push_back(models::analytic(schedule));
            auto report = play(schedule, run_.experiment->fidelity);
            simulations.push_back(simulation_json(report, &schedule, strings));
            figures.events.emplace_back(schedule, report);
            trust.add(report);
            report.kernels.clear();
            figures.reports.push_back(std::move(report));
        }
        figures.timing = std::abs(analytic_gap(figures.reports, closed));
        return simulations;
    }

    Json on_device(const Candidate& candidate) {
        Json simulations = Json::array();
        for (const auto& report : evaluator_.simulate(candidate, models::Fidelity::calibrated)) {
            trust.add(report);
            simulations.push_back(simulation_json(report, nullptr, strings));
        }
        return simulations;
    }

    const Run& run_;
    PairEvaluator evaluator_;
};

/// The pairs to look at first, then every n-th of the front in the order of the first objective.
std::vector<std::size_t> looked_at(const Run& run, std::size_t most) {
    std::set<std::size_t> chosen;
    for (const auto& pick : picks(run)) chosen.insert(pick.pair);
    auto front = run.front;
    std::erase_if(front, [&](std::size_t i) { return run.pairs[i].evaluation.failed(); });
    const auto first = run.experiment->objectives.front();
    std::ranges::stable_sort(front, {}, [&](std::size_t i) { return value(run.pairs[i].evaluation, first); });
    const std::size_t room = std::max<std::size_t>(most, 4) - 3, step = (front.size() + room - 1) / room;
    for (std::size_t i = 0; i < front.size(); i += step) chosen.insert(front[i]);
    return {chosen.begin(), chosen.end()};
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

std::string evaluator_words(const AccuracyEvaluator& evaluator) {
    std::vector<std::string> told;
    for (const auto metric : evaluator.metrics) told.emplace_back(info(metric).name);
    const auto who = evaluator.name == "command" ? fmt::format("the program '{}'", command_text(evaluator.command))
                                                 : fmt::format("dyad-accuracy ({})", evaluator.name);
    return fmt::format("What {} told of each network, with {} seed{}: {}{}.", who, evaluator.seeds,
                       evaluator.seeds == 1 ? "" : "s", fmt::join(told, ", "),
                       evaluator.is_score() ? "; scores, which rank networks and are no shares of images" : "");
}

Json trust_json(const Experiment& experiment, const Trust& trust) {
    Json lines = Json::array();
    const auto count = static_cast<double>(std::max<std::size_t>(1, trust.on_chips));
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
            "{} of {} pairs examined on the front lie outside the range it was fitted on; their intervals are wider.",
            trust.extrapolated, trust.pairs));
    }
    if (experiment.evaluator) lines.push_back(evaluator_words(*experiment.evaluator));
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

FrontDetails front_details(const Run& run, std::size_t most) {
    Player player(run);
    FrontDetails details{Json::array(), {}, {}, sources(*run.experiment), {}};
    for (const auto index : looked_at(run, most)) details.pairs.push_back(player.pair_json(index, details.figures));
    details.trust = trust_json(*run.experiment, player.trust);
    details.strings = player.strings.texts();
    return details;
}

}  // namespace dyad::codesign
