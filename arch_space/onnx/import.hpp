// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace dyad::arch_space {

struct OnnxOptions {
    /// Sizes of symbolic axes by their name ("sequence"). The first axis of the inputs is the batch and needs none.
    std::map<std::string, std::uint64_t> sizes;
};

/// A network file (YAML) made from an ONNX model (Open Neural Network Exchange, operator sets 7 to 17). Only shapes
/// matter; weights may lie in files beside the model, which have to be there. Throws core::Error that names
/// everything that cannot be read, operators with the nodes that use them.
[[nodiscard]] std::string import_onnx(const std::filesystem::path& file, const OnnxOptions& options = {});

}  // namespace dyad::arch_space
