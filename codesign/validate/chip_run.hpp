// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <memory>
#include <string>

#include "models/report.hpp"
#include "models/schedule.hpp"

namespace dyad::codesign {

/// A shipped network played on a shipped chip.
struct ChipRun {
    models::Schedule schedule;
    models::Report report;
};
/// `precision`: in place of the network's own. `input_density`: fraction of non-zeros in the inputs of kernels, by
/// name, where a published table states them.
[[nodiscard]] ChipRun run_on_chip(const std::string& network, const std::string& accelerator, std::uint64_t batch,
                                  const std::map<std::string, double>& input_density = {},
                                  const std::string& precision = "");

/// `CONV1-1`, `conv1_1` and `Conv1 1` name one layer.
[[nodiscard]] std::string plain_name(const std::string& name);

}  // namespace dyad::codesign
