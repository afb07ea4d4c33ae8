// SPDX-License-Identifier: Apache-2.0
// Tensors that are stored in an ONNX file or beside it.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>

#include "arch_space/onnx/model.hpp"

namespace onnx {
class GraphProto;
class TensorProto;
}  // namespace onnx

namespace dyad::arch_space::onnx {

/// `text` as it may stand in a message and in a network file.
[[nodiscard]] std::string clean(const std::string& text);
/// Of a TensorProto's data type; fp32 of those that are none of ours.
[[nodiscard]] core::Precision precision_of(std::int32_t type);
/// Throws core::Error where it does not lie where the file says, or does not hold what its shape says.
[[nodiscard]] Stored stored(const ::onnx::TensorProto& tensor, const std::filesystem::path& folder);

/// Single elements of a tensor as they are stored, in one piece in the model or beside it. Throws core::Error as
/// stored() does.
class Bytes {
public:
    Bytes(const ::onnx::TensorProto& tensor, const std::filesystem::path& folder);
    [[nodiscard]] bool known() const { return width_ != 0; }
    [[nodiscard]] std::string of(std::uint64_t element);

private:
    std::size_t width_ = 0;
    const std::string* raw_ = nullptr;
    std::ifstream file_;
    std::uint64_t offset_ = 0;
};

/// A table of embeddings that is used once more as weights is stored twice where the exporter has turned it round: the
/// copy is told of which table it is one. Compares 1024 elements of a table, of 1000 tables at most.
void find_turned_tables(Model& model, const ::onnx::GraphProto& graph, const std::filesystem::path& folder);

}  // namespace dyad::arch_space::onnx
