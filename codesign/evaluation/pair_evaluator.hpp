// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "arch_space/accuracy/surrogate.hpp"
#include "codesign/accuracy/asker.hpp"
#include "codesign/evaluation/decode.hpp"
#include "codesign/evaluation/evaluation.hpp"
#include "models/mapper.hpp"
#include "models/report.hpp"

namespace dyad::codesign {

/// One (network, accelerator) pair; several networks in a suite.
struct Candidate {
    std::vector<arch_space::Network> networks;
    std::shared_ptr<const hw_space::Accelerator> accelerator;  ///< null on a device
    std::shared_ptr<const models::Device> device;              ///< null on a chip
};

/// The whole line from genes to figures: decode, lower, map, simulate, aggregate. Remembers mapped kernels, so one
/// evaluator serves one worker.
class PairEvaluator final : public Evaluator {
public:
    /// Throws core::Error when the accuracy model cannot be loaded.
    explicit PairEvaluator(std::shared_ptr<const Experiment> experiment);

    /// Throws core::Error with all errors of the candidate.
    [[nodiscard]] Candidate decode(const core::Genome& genome) const;
    /// One schedule a network on a chip. Throws core::Error when a kernel can run nowhere.
    [[nodiscard]] std::vector<models::Schedule> map(const Candidate& candidate);
    /// One report a network, at `fidelity` (analytic or systemc); on a device always calibrated.
    [[nodiscard]] std::vector<models::Report> simulate(const Candidate& candidate, models::Fidelity fidelity);
    /// Goes as far as to see whether the candidate can run. Throws core::Error when it cannot.
    void try_out(const Candidate& candidate);
    /// One estimate a network; nothing when the experiment has no accuracy model.
    [[nodiscard]] std::vector<arch_space::Estimate> accuracy(const Candidate& candidate) const;
    /// Without what an evaluator program tells of the networks: that is a question() of its own.
    [[nodiscard]] Evaluation evaluate(const core::Genome& genome) override;

private:
    std::shared_ptr<const Experiment> experiment_;
    std::optional<arch_space::Surrogate> surrogate_;
    std::unique_ptr<Asker> asker_;
    models::MapperMemo memo_;
};

/// A schedule played at `fidelity`.
[[nodiscard]] models::Report play(const models::Schedule& schedule, models::Fidelity fidelity);

/// What to evaluate() for what the evaluator program says of the pair's network number `network`, and nothing else: the
/// genome with one value more.
[[nodiscard]] core::Genome question(core::Genome genome, std::size_t network);

/// Looks at a few dozen candidates from all over the space. Throws core::Error when one has a key that is unknown or
/// missing, and when none can be built and mapped: then the files are at fault, not the candidates. Also when
/// dyad-accuracy is to be asked and not there, or its checkpoint is not.
void check_space(const Experiment& experiment, PairEvaluator& evaluator);

}  // namespace dyad::codesign
