// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "codesign/experiment/experiment.hpp"
#include "core/value.hpp"

namespace dyad::codesign {

/// Pairs to begin a search with, from a table in the form of results.csv and front.csv: a column a gene, a row a pair,
/// the gene's setting as its label. Columns that are no genes are passed over, so that a file of an earlier run
/// serves; a gene without a column, or with an empty cell, keeps its first setting. Throws core::Error when no
/// column is a gene, and with the lines that hold a setting which the gene does not have.
[[nodiscard]] std::vector<core::Genome> read_start(const ConfigText& table, const core::ChoiceSpace& space);

/// The same table with a column a target, named like it: its latency in ms. Throws core::Error when no column is of a
/// target, and with the lines whose cell is neither empty nor a time.
[[nodiscard]] std::vector<Measurement> read_measured(const ConfigText& table, const core::ChoiceSpace& space,
                                                     const std::vector<Target>& targets);

/// A pair as a map from gene names to settings; genes that are not named keep their first one.
[[nodiscard]] core::Genome read_pair(const core::Value& value, const core::ChoiceSpace& space);

}  // namespace dyad::codesign
