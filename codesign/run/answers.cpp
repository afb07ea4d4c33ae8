// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/answers.hpp"

#include <filesystem>

#include "arch_space/fingerprint.hpp"
#include "codesign/evaluation/decode.hpp"
#include "core/error.hpp"

namespace dyad::codesign {

Answers::Answers(const Experiment& experiment, Database& database)
    : experiment_(experiment), database_(database), question_(experiment.evaluator.value().question()) {
    known_ = database.answers(question_);
    for (const auto& directory : experiment.evaluator->reuse) {
        const auto file = std::filesystem::path(directory) / "run.sqlite";
        if (!std::filesystem::exists(file))
            throw core::Error(directory + ": no run in it whose answers could be reused");
        for (auto& [network, answer] : Database(file).answers(question_))
            if (!answer.failed()) known_.emplace(network, std::move(answer));
    }
}

std::vector<std::string> Answers::networks_of(const core::Genome& genome) const {
    std::vector<std::string> networks;
    try {
        for (const auto& network : decode_networks(experiment_, genome))
            networks.push_back(arch_space::fingerprint(network));
    } catch (const core::Error&) {
        networks.clear();
    }
    return networks;
}

const Evaluation* Answers::find(const std::string& network) const {
    const auto found = known_.find(network);
    return found == known_.end() ? nullptr : &found->second;
}

void Answers::add(const std::string& network, const Evaluation& answer) {
    known_.insert_or_assign(network, answer);
    database_.store_answer(question_, network, answer);
}

}  // namespace dyad::codesign
