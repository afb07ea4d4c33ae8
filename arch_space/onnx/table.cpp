// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "arch_space/onnx/handlers.hpp"

namespace dyad::arch_space::onnx {
namespace {

void not_foldable(Importer&, const Node&) {
    throw Fault("depends on values that are known only when the network runs");
}

constexpr const char* shape_operators[] = {"Shape", "Size", "Constant", "ConstantOfShape", "Range", "ReduceProd",
                                           "Floor", "Ceil", "Mod",      "Round",           "Trilu"};

constexpr auto tables() {
    return std::array{window_handlers, matrix_handlers,    einsum_handlers, pointwise_handlers, function_handlers,
                      layout_handlers, selection_handlers, point_handlers,  attention_handlers, fused_handlers};
}

}  // namespace

Handler find_handler(const std::string& op) {
    for (const auto& table : tables())
        for (const auto& entry : table())
            if (op == entry.op) return entry.handler;
    for (const auto* name : shape_operators)
        if (op == name) return not_foldable;
    return nullptr;
}

std::vector<std::string> handled_operators() {
    std::vector<std::string> all(std::begin(shape_operators), std::end(shape_operators));
    for (const auto& table : tables())
        for (const auto& entry : table()) all.emplace_back(entry.op);
    return all;
}

}  // namespace dyad::arch_space::onnx
