// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Puts pairs (by id) into their order of worth: front, verdict, convergence, manifest.
[[nodiscard]] Run assemble(std::shared_ptr<const Experiment> experiment, const std::string& command,
                           std::vector<Pair> pairs, bool finished);

/// results.csv, front.csv, front.json, manifest.json. `run_block` is what may differ between two equal runs.
void write_results(const Run& run, const std::filesystem::path& directory, const nlohmann::ordered_json& run_block);

}  // namespace dyad::codesign
