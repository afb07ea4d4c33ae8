// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace dyad::models {

/// Files of this project made from SCALE-Sim's.
struct ImportedNetwork {
    std::string accelerator, network;
    std::vector<std::string> remarks;  ///< what of the files is not read
};

/// Reads a SCALE-Sim configuration and a topology of convolutions (`name, ifmap height, ifmap width, filter height,
/// filter width, channels, filters, strides`) or matrix products (`Layer, M, N, K`), told apart by the number of
/// columns; lines may end in a comma. The array's pipeline is `simple`. Each layer reads an input of its own, as the
/// tool has it. Throws core::Error with all errors.
[[nodiscard]] ImportedNetwork import_scalesim(const std::filesystem::path& configuration,
                                              const std::filesystem::path& topology);

}  // namespace dyad::models
