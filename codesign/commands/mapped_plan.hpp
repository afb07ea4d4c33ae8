// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "codesign/commands/mapped.hpp"

namespace dyad::codesign {

/// What an engine decides about a kernel, as `--mapping` reads it again, and what follows from that on the engine:
/// tiles, what lies side by side, folds, passes or chunks.
[[nodiscard]] nlohmann::ordered_json plan_json(const Mapped& all);
[[nodiscard]] nlohmann::ordered_json layout_json(const Mapped& all);
[[nodiscard]] std::string plan_text(const Mapped& all);

}  // namespace dyad::codesign
