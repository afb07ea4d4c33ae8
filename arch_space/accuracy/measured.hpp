// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>

#include "arch_space/accuracy/fitted.hpp"
#include "core/csv.hpp"

namespace dyad::arch_space {

/// A table of a space's members: each row names one, in a column that the space's `spelling` gives, or by the labels of
/// its genes in columns of their names (as results.csv has them, "network." before them or not).
struct MeasuredOptions {
    std::string column;  ///< the values; "" = the first whose name has "acc" or "top1" in it
    std::string name;    ///< of the fitted model
    std::string unit = "%";
    std::string source;  ///< "" = the table's file and column
};
/// Throws core::Error with every row that names no member or has no number, and when the members or values cannot be
/// told.
[[nodiscard]] MeasuredTable read_measured(const core::CsvTable& csv, const core::Document& space,
                                          const MeasuredOptions& options);

/// The members alone, row by row, without values. Throws as above.
[[nodiscard]] std::vector<NetworkFeatures> read_members(const core::CsvTable& csv, const core::Document& space);

}  // namespace dyad::arch_space
