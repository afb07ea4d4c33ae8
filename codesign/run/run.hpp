// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "codesign/evaluation/evaluation.hpp"
#include "codesign/experiment/experiment.hpp"
#include "codesign/search/archive.hpp"
#include "core/manifest.hpp"

namespace dyad::codesign {

/// An evaluated pair. Ids count from 1: in a search by creation, in a sweep by the setting's number in the space.
struct Pair {
    std::uint64_t id = 0;
    core::Genome genome;
    Evaluation evaluation;
};

/// More than so many pairs are not held in memory.
inline constexpr std::uint64_t most_pairs = 50'000;

/// How likely a pair is on the front, where some objectives are known within an interval only.
struct Chance {
    std::size_t pair = 0;  ///< into the run's pairs
    double of_front = 0;
};

/// Everything that a run directory holds, as its tables and reports need it.
struct Run {
    std::string command;  ///< "search" or "sweep"
    std::shared_ptr<const Experiment> experiment;
    std::uint64_t seed = 0;
    bool finished = false;
    std::uint64_t evaluated = 0, kept_budgets = 0, failed = 0;  ///< how many pairs
    /// By id: all, or of a run beyond `most_pairs` the front and a sample of the others.
    std::vector<Pair> pairs;
    std::vector<std::size_t> front;  ///< into pairs, by id: the non-dominated feasible ones, else the least violating
    bool feasible = false;           ///< the front's pairs keep every budget
    std::vector<Chance> chances;  ///< of the front, in its order, and of pairs that may belong to it; see certainty.hpp
    std::string verdict;          ///< when none does: which constraint (or reason) is in the way; otherwise ""
    Point reference;              ///< of the hypervolume, minimised objectives
    std::vector<Convergence::Sample> convergence;  ///< hypervolume by evaluation, in units of the reference
    core::Manifest manifest;
};

/// Reads DIR/run.sqlite. Throws core::Error when there is none, or when it is not one of ours.
[[nodiscard]] Run read_run(const std::filesystem::path& directory);

/// The part of manifest.json that may differ between two runs with the same result (times, rates, workers); an empty
/// object when manifest.json is missing.
[[nodiscard]] nlohmann::ordered_json read_run_block(const std::filesystem::path& directory);

/// What one setting of one gene does to one objective: the mean over all feasible pairs that have it.
struct MainEffect {
    std::size_t gene = 0;
    struct Level {
        std::string label;
        std::size_t pairs = 0;
        std::vector<double> means;  ///< by objective, in the metric's unit
    };
    std::vector<Level> levels;  ///< in the order of the gene's settings; those without a feasible pair are left out
};
/// One effect a gene with at least two levels (continuous genes have none).
[[nodiscard]] std::vector<MainEffect> main_effects(const Experiment& experiment, const std::vector<Pair>& pairs);

}  // namespace dyad::codesign
