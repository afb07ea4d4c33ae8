// SPDX-License-Identifier: Apache-2.0
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "arch_space/onnx/tensor.hpp"

namespace dyad::arch_space::onnx {
namespace {

namespace fs = std::filesystem;
using ::onnx::TensorProto;

/// What a table and its copy share: data type, rows, columns and elements spread over it.
using Content = std::tuple<std::int32_t, std::int64_t, std::int64_t, std::string>;

/// No elements where they are not known, or all the same.
std::string sample(const TensorProto& tensor, bool swapped, const fs::path& folder) {
    constexpr std::uint64_t most = 1024,
                            step = 0x9E3779B97F4A7C15;  // the golden ratio of 2^64: far from any row's size
    const auto rows = static_cast<std::uint64_t>(tensor.dims(swapped ? 1 : 0));
    const auto columns = static_cast<std::uint64_t>(tensor.dims(swapped ? 0 : 1));
    Bytes bytes(tensor, folder);
    std::string all, first;
    bool even = true;
    for (std::uint64_t i = 0; bytes.known() && i < std::min(rows * columns, most); ++i) {
        const auto at = rows * columns <= most ? i : i * step % (rows * columns);
        const auto element = bytes.of(swapped ? at % columns * rows + at / columns : at);
        if (i == 0) first = element;
        even = even && element == first;
        all += element;
    }
    return even ? std::string() : all;
}

Content content(const TensorProto& tensor, bool swapped, const fs::path& folder) {
    const auto rows = tensor.dims(swapped ? 1 : 0), columns = tensor.dims(swapped ? 0 : 1);
    return {tensor.data_type(), rows, columns, sample(tensor, swapped, folder)};
}

}  // namespace

void find_turned_tables(Model& model, const ::onnx::GraphProto& graph, const fs::path& folder) {
    constexpr std::size_t most = 1000;
    std::set<std::string> looked_up;
    for (const auto& entry : graph.node())
        if (entry.op_type() == "Gather" && entry.input_size() > 0) looked_up.insert(entry.input(0));
    std::map<Content, std::string> tables;
    std::set<std::pair<std::int64_t, std::int64_t>> sizes;
    for (const auto& tensor : graph.initializer()) {
        if (tensor.dims_size() != 2 || !looked_up.contains(tensor.name()) || tables.size() == most) continue;
        tables.try_emplace(content(tensor, false, folder), tensor.name());
        sizes.emplace(tensor.dims(0), tensor.dims(1));
    }
    std::size_t compared = 0;
    for (const auto& tensor : graph.initializer()) {
        if (tensor.dims_size() != 2 || looked_up.contains(tensor.name())) continue;
        if (!sizes.contains({tensor.dims(1), tensor.dims(0)}) || ++compared > most) continue;
        const auto found = tables.find(content(tensor, true, folder));
        if (found != tables.end() && !std::get<3>(found->first).empty())
            model.stored.at(tensor.name()).turned_from = found->second;
    }
}

}  // namespace dyad::arch_space::onnx
