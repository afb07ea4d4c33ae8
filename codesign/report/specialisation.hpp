// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// What one network for each target says: {"targets": [the fastest network of each, its shape and its 90 % interval],
/// "latency_s": [[of network i on target j]], "loss": [[over the target's own network]]}; null without targets.
[[nodiscard]] nlohmann::ordered_json specialisation_json(const Run& run);
/// The same as Markdown; "" without targets.
[[nodiscard]] std::string specialisation_markdown(const nlohmann::ordered_json& specialisation);

}  // namespace dyad::codesign
