// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <span>
#include <string_view>

#include "arch_space/parse/fields.hpp"

namespace dyad::arch_space {

/// How an operator of network files is read. `parse` sees its keys; those of every layer (name, from, repeat, ...) are
/// read elsewhere.
struct OperatorEntry {
    std::string_view name;
    Operator (*parse)(core::Object& object);
};
/// Every operator that a network file may name.
[[nodiscard]] std::span<const OperatorEntry> operator_table();

/// A block: reads its keys and gives what adds its operators.
struct BlockEntry {
    std::string_view name;
    Expansion (*parse)(core::Object& object);
};
/// Every block that ships with the program.
[[nodiscard]] std::span<const BlockEntry> block_table();

}  // namespace dyad::arch_space
