// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "codesign/run/database.hpp"
#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// Puts the stored pairs into their order of worth: front, verdict, convergence, manifest. Reads them one by one.
[[nodiscard]] Run assemble(std::shared_ptr<const Experiment> experiment, const std::string& command,
                           const Database& database, bool finished, std::uint64_t most = most_pairs);

/// results.csv, front.csv, front.json, manifest.json. `run_block` is what may differ between two equal runs.
void write_results(const Run& run, const Database& database, const std::filesystem::path& directory,
                   const nlohmann::ordered_json& run_block);

}  // namespace dyad::codesign
