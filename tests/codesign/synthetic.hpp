// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>

#include "codesign/evaluation/evaluation.hpp"
#include "codesign/experiment/experiment.hpp"
#include "core/error.hpp"
#include "tests/scratch.hpp"

namespace dyad::codesign::testing {

/// An evaluator made of a function.
class FunctionEvaluator final : public Evaluator {
public:
    explicit FunctionEvaluator(std::function<Evaluation(const core::Genome&)> function)
        : function_(std::move(function)) {}
    [[nodiscard]] Evaluation evaluate(const core::Genome& genome) override { return function_(genome); }

private:
    std::function<Evaluation(const core::Genome&)> function_;
};

inline Evaluation worth(double latency, double energy, double area) {
    auto evaluation = Evaluation::failure("unset");
    evaluation.reason.clear();
    evaluation.metrics[static_cast<std::size_t>(Metric::latency)] = latency;
    evaluation.metrics[static_cast<std::size_t>(Metric::energy)] = energy;
    evaluation.metrics[static_cast<std::size_t>(Metric::area)] = area;
    return evaluation;
}

/// A small chip of three numbers: wider is faster and larger, a faster clock costs energy, and one corner cannot be
/// built.
inline Evaluation toy_chip(const core::Genome& g) {
    const double width = g[0] + 1, clock = g[1] + 1, buffer = g[2];
    if (width > 15 && buffer < 0.1) throw core::Error("no tile fits the buffer");
    return worth(1 / (width * clock) + 0.01 * (1 - buffer), 0.1 * width * std::exp(0.1 * clock) + buffer / 3,
                 width * 0.7 + 2 * buffer);
}

/// Latency, energy and area of toy_chip() with `area <= 8 mm2`.
inline Experiment toy_experiment(std::size_t population, std::size_t generations) {
    const auto ordered = [](const char* name, std::size_t count) {
        core::Gene gene;
        gene.name = name;
        gene.kind = core::Gene::Kind::ordered;
        for (std::size_t i = 0; i < count; ++i) gene.options.push_back(std::to_string(i + 1));
        return gene;
    };
    core::Gene buffer;
    buffer.name = "buffer";
    buffer.kind = core::Gene::Kind::continuous;
    buffer.to = 1;
    Experiment experiment;
    experiment.name = "toy";
    experiment.space = core::ChoiceSpace({ordered("width", 16), ordered("clock", 16), buffer});
    experiment.accelerator.genes = 3;
    experiment.objectives = {Metric::latency, Metric::energy, Metric::area};
    experiment.constraints = {{Metric::area, true, 8, "area <= 8 mm2"}};
    experiment.search.population = population;
    experiment.search.generations = generations;
    experiment.configs = {{"experiments", "toy", "toy.yaml", std::string(64, '0'), "experiment: toy\n"}};
    return experiment;
}

using dyad::test::Scratch;

}  // namespace dyad::codesign::testing
