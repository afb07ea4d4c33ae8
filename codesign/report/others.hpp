// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// A run that a report shows beside its own.
struct Other {
    std::string label;
    Run run;
    bool random = false;  ///< the random baseline of the same experiment
};

/// Where a run keeps its random baseline.
[[nodiscard]] std::filesystem::path baseline_directory(const std::filesystem::path& run);

/// Evaluates as many random pairs as the run has, into its baseline_directory(); goes on where an earlier try stopped.
/// Nothing when the user interrupts it; everything done so far is on disk.
[[nodiscard]] bool add_baseline(const std::filesystem::path& directory, unsigned workers, bool quiet);

/// The hypervolume of a run by evaluation, in units of any reference point; empty where that is not finite.
[[nodiscard]] std::vector<Convergence::Sample> course(const Run& run, const Point& reference);

/// The other's front, its hypervolume by evaluation under the run's reference point, and how the two compare. Throws
/// core::Error when its objectives are others.
[[nodiscard]] nlohmann::ordered_json other_json(const Run& run, const Other& other);

/// What the random baseline says, in a sentence.
[[nodiscard]] std::string baseline_words(const Run& run, const Other& other);

}  // namespace dyad::codesign
