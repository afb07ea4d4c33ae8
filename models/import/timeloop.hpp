// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dyad::models {

/// Files of this project made from another tool's; "" where nothing was given to make it from.
struct ImportedDesign {
    std::string accelerator, kernel, mapping;
    std::vector<std::string> remarks;  ///< what of the files is not read
};

/// Reads Timeloop v0.4 files (architecture, problem, mapping, constraints), in any order, told apart by their top-level
/// keys. Keys may be spelt with hyphens or underscores; sections and attributes that change no count are remarked on.
/// Energies: SRAM and registers (1 + 5/99.5 (KB - 0.5)) width/16 pJ a row, DRAM 200 bits/16 pJ, multiply-accumulate
/// (bits/16)^2 pJ (the reference's own table); no leakage, wires or adders. Throws core::Error with all errors.
[[nodiscard]] ImportedDesign import_timeloop(const std::vector<std::filesystem::path>& files);

}  // namespace dyad::models
