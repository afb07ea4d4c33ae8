// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "arch_space/network.hpp"

namespace dyad::arch_space {

/// The network as programs exchange it: a network file of operators alone, in JSON, every size worked out, with the
/// output shapes of all layers beside it under `shapes`. Names have '/' for '.', as files ask for.
[[nodiscard]] nlohmann::ordered_json to_json(const Network& network);

/// A layer's name as it stands there, if no two become alike: '/' for '.' and for an index.
[[nodiscard]] std::string exchanged_name(std::string name);

/// The network of such a JSON object; `shapes` is worked out anew. `name` stands in messages. Throws core::Error.
[[nodiscard]] Network network_from_json(const nlohmann::ordered_json& json, const std::string& name);

/// JSON from outside: an object, nested at most 64 deep. Throws core::Error that begins with `name`.
[[nodiscard]] nlohmann::ordered_json parse_json(std::string_view text, const std::string& name);

}  // namespace dyad::arch_space
