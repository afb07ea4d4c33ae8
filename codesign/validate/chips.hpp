// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "codesign/validate/validation.hpp"
#include "core/error.hpp"

namespace dyad::codesign {

/// A line of a table of measured chips (columns chip, workload, layer, metric, value, unit, conditions, source).
struct PublishedFigure {
    std::string chip, workload, layer, metric, unit, conditions, source;
    double value = 0;
    core::Place place;
    [[nodiscard]] Comparison compared(std::optional<double> ours) const;
};
using PublishedFigures = std::vector<PublishedFigure>;

/// Lines whose value is not a number are left out. Throws core::Error when a column is missing.
[[nodiscard]] PublishedFigures read_figures(const std::filesystem::path& file);
/// measured_chips.csv in `data` or in its folder `reference`. Throws core::Error when neither has it.
[[nodiscard]] std::filesystem::path find_measured_chips(const std::filesystem::path& data);
/// Those of the chips whose name starts so.
[[nodiscard]] PublishedFigures of_chip(const PublishedFigures& figures, const std::string& chip);

// One set each; without a row they give nothing.
void validate_eyeriss(const PublishedFigures& figures, std::vector<ValidationSet>& sets);
void validate_gemmini(const PublishedFigures& figures, std::vector<ValidationSet>& sets);
void validate_tpu_v1(const PublishedFigures& figures, std::vector<ValidationSet>& sets);
void validate_tpu_v4(const PublishedFigures& figures, std::vector<ValidationSet>& sets);
void validate_networks(const PublishedFigures& figures, std::vector<ValidationSet>& sets);  ///< Edge TPU, NVDLA

/// The shipped figures, or those of `data`, of every chip that an accelerator of ours describes.
[[nodiscard]] std::vector<ValidationSet> validate_chips(const std::optional<std::filesystem::path>& data);

}  // namespace dyad::codesign
