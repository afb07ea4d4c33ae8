// SPDX-License-Identifier: Apache-2.0
#include "codesign/run/targets.hpp"

#include <iterator>

#include "codesign/run/pair_text.hpp"

namespace dyad::codesign {

bool has_targets(const Experiment& experiment) { return experiment.targets.size() > 1; }

std::size_t target_index(const Experiment& experiment, const core::Genome& genome) {
    return has_targets(experiment) ? static_cast<std::size_t>(genome.at(experiment.accelerator.first_gene)) : 0;
}

core::Genome moved(const Experiment& experiment, core::Genome genome, std::size_t target) {
    genome.at(experiment.accelerator.first_gene) = static_cast<double>(target);
    return genome;
}

std::vector<std::optional<std::size_t>> champions(const Experiment& experiment, const std::vector<Pair>& pairs) {
    const auto latency = [&](std::size_t i) {
        return pairs[i].evaluation.metrics[static_cast<std::size_t>(Metric::latency)];
    };
    std::vector<std::optional<std::size_t>> best(experiment.targets.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        if (!fitness(experiment, pairs[i].evaluation).feasible()) continue;
        auto& champion = best.at(target_index(experiment, pairs[i].genome));
        if (!champion || latency(i) < latency(*champion)) champion = i;
    }
    return best;
}

std::map<core::Genome, std::size_t> by_genome(const std::vector<Pair>& pairs) {
    std::map<core::Genome, std::size_t> places;
    for (std::size_t i = 0; i < pairs.size(); ++i) places.emplace(pairs[i].genome, i);
    return places;
}

void exchange_champions(const Experiment& experiment, Recorder& recorder, std::vector<Pair>& pairs) {
    for (;;) {
        auto known = by_genome(pairs);
        std::vector<Pair> batch;
        for (const auto& champion : champions(experiment, pairs))
            for (std::size_t t = 0; champion && t < experiment.targets.size(); ++t) {
                auto genome = moved(experiment, pairs[*champion].genome, t);
                const auto next = pairs.size() + batch.size();
                if (known.emplace(genome, next).second) batch.push_back({next + 1, std::move(genome), {}});
            }
        if (batch.empty()) return;
        recorder.evaluate(batch);
        pairs.insert(pairs.end(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
    }
}

}  // namespace dyad::codesign
