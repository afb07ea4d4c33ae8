// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>

#include "codesign/evaluation/pool.hpp"
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

/// What came of it. The results are on disk in either case.
struct Outcome {
    Run run;
    bool interrupted = false;
};

/// NSGA-II over the choices of the experiment, with the seed that stands in it. Throws core::Error on an unusable
/// directory, and when there is nothing to choose.
[[nodiscard]] Outcome search(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator,
                             const CampaignOptions& options);

/// Every setting of the space (or of a shard of it), in order.
[[nodiscard]] Outcome sweep(std::shared_ptr<const Experiment> experiment, Evaluator& evaluator,
                            const CampaignOptions& options);

}  // namespace dyad::codesign
