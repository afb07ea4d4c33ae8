// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/batch.hpp"

#include <algorithm>
#include <bit>

#include "codesign/evaluation/aggregate.hpp"
#include "codesign/evaluation/pair_evaluator.hpp"

namespace dyad::codesign {
namespace {

/// FNV-1a over the hardware genes: candidates on the same chip share mapped kernels.
std::uint64_t affinity(const core::Genome& hardware) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const double value : hardware) hash = (hash ^ std::bit_cast<std::uint64_t>(value)) * 0x100000001b3;
    return hash ^ (hash >> 32);
}

}  // namespace

void Batch::add(Pair& pair) {
    const auto index = pairs_.size();
    pairs_.push_back({&pair, {}, false});
    if (answers_ == nullptr) return;
    auto& networks = pairs_.back().networks;
    networks = answers_->networks_of(pair.genome);
    for (std::size_t n = 0; n < networks.size(); ++n) {
        if (answers_->find(networks[n]) != nullptr) continue;
        auto& waiting = waiting_for_[networks[n]];
        if (waiting.empty()) {
            questions_.push_back({question(pair.genome, n), questions_.size()});
            asked_.push_back(networks[n]);
        }
        if (waiting.empty() || waiting.back() != index) waiting.push_back(index);
    }
}

std::vector<Job> Batch::jobs() const {
    auto jobs = questions_;
    for (const auto& waiting : pairs_)
        jobs.push_back({waiting.pair->genome, affinity(experiment_.accelerator.slice(waiting.pair->genome))});
    return jobs;
}

void Batch::done(std::size_t job, const Evaluation& evaluation, const std::function<void(const Pair&)>& complete) {
    if (job >= questions_.size()) return simulated(pairs_[job - questions_.size()], evaluation, complete);
    answers_->add(asked_[job], evaluation);
    for (const auto index : waiting_for_[asked_[job]])
        if (pairs_[index].simulated && !pairs_[index].pair->evaluation.failed() && finish(pairs_[index]))
            complete(*pairs_[index].pair);
}

void Batch::simulated(Waiting& waiting, const Evaluation& evaluation,
                      const std::function<void(const Pair&)>& complete) {
    waiting.pair->evaluation = evaluation;
    waiting.simulated = true;
    if (evaluation.failed() || answers_ == nullptr || finish(waiting)) complete(*waiting.pair);
}

bool Batch::finish(Waiting& waiting) const {
    std::vector<Evaluation> told;
    for (const auto& network : waiting.networks) {
        const auto* answer = answers_->find(network);
        if (answer == nullptr) return false;
        told.push_back(*answer);
    }
    add_told(experiment_, told, waiting.pair->evaluation);
    return true;
}

}  // namespace dyad::codesign
