// SPDX-License-Identifier: Apache-2.0
#include "core/precision.hpp"

#include <algorithm>
#include <array>

namespace dyad::core {
namespace {

constexpr std::array<std::string_view, 7> names = {"int4", "int8", "int16", "int32", "fp16", "bf16", "fp32"};

}  // namespace

std::string_view name(Precision p) { return names[static_cast<unsigned>(p)]; }

std::optional<Precision> try_precision(std::string_view text) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<Precision>(found - names.begin());
}

}  // namespace dyad::core
