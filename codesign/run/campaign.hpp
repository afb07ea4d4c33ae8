// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <memory>

#include "codesign/evaluation/pool.hpp"
#include "codesign/run/database.hpp"
#include "codesign/run/recorder.hpp"
#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Part `index` of `count` of a sweep: the settings whose number leaves index-1 when divided by count.
struct Shard {
    std::uint64_t index = 1, count = 1;
};

struct CampaignOptions {
    std::filesystem::path directory;
    bool resume = false;
    bool quiet = false;
    unsigned workers = 1;  ///< processes; 0 = evaluate in this one
    int ranks = 1;         ///< more than one: the other ranks evaluate, instead of worker processes
    std::chrono::milliseconds time_limit{300'000};
    Shard shard;
};

/// The time limit of an evaluation: the given one, and room for the answers of an evaluator program.
[[nodiscard]] std::chrono::milliseconds time_limit(const Experiment& experiment, std::chrono::milliseconds given);

/// What came of it. The results are on disk in either case.
struct Outcome {
    Run run;
    bool interrupted = false;
};

/// Everything a campaign needs besides its own idea of what comes next.
struct Plan {
    const char* command;
    std::uint64_t total;  ///< evaluations, at most
    /// Evaluates pairs through the recorder; may keep them, in the order of their ids.
    std::function<void(Recorder&, std::vector<Pair>&)> walk;
    Identity identity;  ///< what else decides the result
};
/// Carries it out in the run directory: locks, resumes, records, and writes the results.
[[nodiscard]] Outcome campaign(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator,
                               const CampaignOptions& options, const Plan& plan);

/// A search over the choices of the experiment, with the seed that stands in it. Throws core::Error on an unusable
/// directory, and when there is nothing to choose.
[[nodiscard]] Outcome search(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator,
                             const CampaignOptions& options);

/// Every setting of the space (or of a shard of it), in order.
[[nodiscard]] Outcome sweep(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator,
                            const CampaignOptions& options);

}  // namespace dyad::codesign
