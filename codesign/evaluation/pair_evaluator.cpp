// SPDX-License-Identifier: Apache-2.0
#include "codesign/evaluation/pair_evaluator.hpp"

#include "codesign/evaluation/aggregate.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "sim/simulate.hpp"

namespace dyad::codesign {

PairEvaluator::PairEvaluator(std::shared_ptr<const Experiment> experiment) : experiment_(std::move(experiment)) {
    if (experiment_->surrogate) surrogate_.emplace(arch_space::Surrogate::load(experiment_->surrogate_file));
}

Candidate PairEvaluator::decode(const core::Genome& genome) const {
    return {decode_networks(*experiment_, genome), decode_accelerator(*experiment_, genome)};
}

std::vector<models::Schedule> PairEvaluator::map(const Candidate& candidate) {
    std::vector<models::Schedule> schedules;
    for (const auto& network : candidate.networks) {
        auto dataflow = std::make_shared<const models::Dataflow>(
            arch_space::lower(network, {.batch = experiment_->batch, .fusion = true}));
        schedules.push_back(models::map_all(std::move(dataflow), candidate.accelerator, {}, memo_));
    }
    return schedules;
}

std::vector<models::Report> PairEvaluator::simulate(const Candidate& candidate, models::Fidelity fidelity) {
    std::vector<models::Report> reports;
    for (const auto& schedule : map(candidate))
        reports.push_back(fidelity == models::Fidelity::analytic ? models::analytic(schedule)
                                                                 : sim::simulate(schedule));
    return reports;
}

std::vector<arch_space::Estimate> PairEvaluator::accuracy(const Candidate& candidate) const {
    std::vector<arch_space::Estimate> estimates;
    if (surrogate_)
        for (const auto& network : candidate.networks) estimates.push_back(surrogate_->predict(network));
    return estimates;
}

Evaluation PairEvaluator::evaluate(const core::Genome& genome) {
    const auto candidate = decode(genome);
    return aggregate(*experiment_, simulate(candidate, experiment_->fidelity), accuracy(candidate));
}

void check_space(const Experiment& experiment, PairEvaluator& evaluator) {
    constexpr std::uint64_t probes = 64;
    std::string first;
    for (std::uint64_t i = 0; i < probes; ++i) {
        core::Stream random(0, "probe", i);
        try {
            (void)evaluator.map(evaluator.decode(experiment.space.sample(random)));
            return;
        } catch (const core::Error& error) {
            if (first.empty()) first = error.what();
        }
    }
    throw core::Error(first);
}

}  // namespace dyad::codesign
