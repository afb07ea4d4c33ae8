// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include "arch_space/onnx/handlers.hpp"

namespace dyad::arch_space::onnx {
namespace {

void not_foldable(Importer&, const Node&) {
    throw Fault("depends on values that are known only when the network runs");
}

constexpr const char* shape_operators[] = {
    "Shape", "Size",  "Constant", "ConstantOfShape", "Range", "ReduceProd", "Floor", "Ceil", "Neg", "Abs",
    "Not",   "Equal", "Less",     "Greater",         "And",   "Or",         "Mod",   "Min",  "Max", "Round"};

}  // namespace

Handler find_handler(const std::string& op) {
    for (const auto& table :
         {window_handlers(), matrix_handlers(), pointwise_handlers(), layout_handlers(), selection_handlers()})
        for (const auto& entry : table)
            if (op == entry.op) return entry.handler;
    for (const auto* name : shape_operators)
        if (op == name) return not_foldable;
    return nullptr;
}

}  // namespace dyad::arch_space::onnx
