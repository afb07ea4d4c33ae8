// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/pair_evaluator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <sstream>

#include "codesign/accuracy/asker.hpp"
#include "codesign/accuracy/program.hpp"
#include "codesign/devices/simulate.hpp"
#include "codesign/evaluation/aggregate.hpp"
#include "codesign/experiment/target.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "models/device/device.hpp"
#include "sim/simulate.hpp"

namespace dyad::codesign {

PairEvaluator::PairEvaluator(std::shared_ptr<const Experiment> experiment) : experiment_(std::move(experiment)) {
    if (experiment_->surrogate) surrogate_.emplace(arch_space::Surrogate::load(experiment_->surrogate_file));
    if (experiment_->evaluator) asker_ = std::make_unique<Asker>(*experiment_->evaluator);
}

Candidate PairEvaluator::decode(const core::Genome& genome) const {
    const auto* target = target_of(*experiment_, genome);
    if (target != nullptr && target->device) return {decode_networks(*experiment_, genome), nullptr, target->device};
    return {decode_networks(*experiment_, genome), decode_accelerator(*experiment_, genome), nullptr};
}

std::vector<models::Schedule> PairEvaluator::map(const Candidate& candidate) {
    std::vector<models::Schedule> schedules;
    const auto fusion = experiment_->fusion;
    // Data are moved kernel by kernel: single cycles have no chains.
    const bool chains = fusion == Fusion::chains && experiment_->fidelity != models::Fidelity::cycle;
    for (const auto& network : candidate.networks) {
        auto dataflow = std::make_shared<const models::Dataflow>(
            arch_space::lower(network, {.batch = experiment_->batch, .fusion = fusion != Fusion::off}));
        schedules.push_back(models::map_all(std::move(dataflow), candidate.accelerator, {.chains = chains}, memo_));
    }
    return schedules;
}

std::vector<models::Report> PairEvaluator::simulate(const Candidate& candidate, models::Fidelity fidelity) {
    std::vector<models::Report> reports;
    if (candidate.device) {
        for (const auto& network : candidate.networks)
            reports.push_back(
                simulate_on_device(network, *candidate.device, experiment_->batch, experiment_->fusion != Fusion::off));
        return reports;
    }
    for (const auto& schedule : map(candidate)) reports.push_back(play(schedule, fidelity));
    return reports;
}

void PairEvaluator::try_out(const Candidate& candidate) {
    if (candidate.device)
        (void)simulate(candidate, models::Fidelity::calibrated);
    else
        (void)map(candidate);
}

models::Report play(const models::Schedule& schedule, models::Fidelity fidelity) {
    return fidelity == models::Fidelity::analytic ? models::analytic(schedule)
                                                  : sim::simulate(schedule, {.trace = {}, .fidelity = fidelity});
}

std::vector<arch_space::Estimate> PairEvaluator::accuracy(const Candidate& candidate) const {
    std::vector<arch_space::Estimate> estimates;
    if (surrogate_)
        for (const auto& network : candidate.networks) estimates.push_back(surrogate_->predict(network));
    return estimates;
}

core::Genome question(core::Genome genome, std::size_t network) {
    genome.push_back(static_cast<double>(network));
    return genome;
}

Evaluation PairEvaluator::evaluate(const core::Genome& genome) {
    if (const auto genes = experiment_->space.genes().size(); asker_ && genome.size() > genes) {
        const core::Genome pair(genome.begin(), genome.end() - 1);
        return asker_->ask(decode_networks(*experiment_, pair).at(static_cast<std::size_t>(genome.back())));
    }
    const auto candidate = decode(genome);
    auto evaluation = aggregate(*experiment_, simulate(candidate, experiment_->fidelity), accuracy(candidate),
                                candidate.accelerator.get());
    if (!candidate.device || candidate.networks.size() != 1) return evaluation;
    const auto interval = predict_on_device(candidate.networks.front(), *candidate.device, experiment_->batch,
                                            experiment_->fusion != Fusion::off);
    evaluation.latency_low = interval.low;
    evaluation.latency_high = interval.high;
    return evaluation;
}

namespace {

/// Lines about keys that no design may have or lack: the file's fault, whichever candidates show them.
std::set<std::string> key_errors(const std::string& message) {
    std::set<std::string> lines;
    std::istringstream in(message);
    for (std::string line; std::getline(in, line);)
        if (line.find(": unknown key '") != std::string::npos || line.find(": missing key '") != std::string::npos)
            lines.insert(line);
    return lines;
}

core::Genome probe(const Experiment& experiment, std::uint64_t number) {
    core::Stream random(0, "probe", number);
    return experiment.space.sample(random);
}

/// What `attempt` says of a candidate; "" when it is content.
template <class Attempt>
std::string complaint(const Attempt& attempt) {
    try {
        attempt();
        return "";
    } catch (const core::Error& error) {
        return error.what();
    }
}

void check_evaluator(const AccuracyEvaluator& evaluator) {
    const auto command = command_of(evaluator);
    if (evaluator.name == "command") AccuracyProgram(command, evaluator.timeout).expect_start();
    (void)evaluator.checkpoint_hash();
}

}  // namespace

void check_space(const Experiment& experiment, PairEvaluator& evaluator) {
    if (experiment.evaluator) check_evaluator(*experiment.evaluator);
    constexpr std::uint64_t probes = 64;
    std::set<std::string> keys;
    for (std::uint64_t i = 0; i < probes; ++i)
        keys.merge(key_errors(complaint([&] { (void)evaluator.decode(probe(experiment, i)); })));
    if (!keys.empty()) throw core::Error(fmt::format("{}", fmt::join(keys, "\n")));
    std::string first;
    for (std::uint64_t i = 0; i < probes; ++i) {
        const auto problem = complaint([&] { evaluator.try_out(evaluator.decode(probe(experiment, i))); });
        if (problem.empty()) return;
        if (first.empty()) first = problem;
    }
    throw core::Error(first);
}

}  // namespace dyad::codesign
