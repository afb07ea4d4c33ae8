// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "codesign/run/run.hpp"

namespace dyad::codesign {

/// How far MACs tell latency, where the experiment has measured networks: by target the rank correlation (Spearman) of
/// MACs and of the predictions with the measured times, and the two networks with MACs within 2 % whose measured times
/// differ most. Null without measurements.
[[nodiscard]] nlohmann::ordered_json same_macs_json(const Run& run);
/// The same as Markdown; "" without measurements.
[[nodiscard]] std::string same_macs_markdown(const nlohmann::ordered_json& same_macs);

}  // namespace dyad::codesign
