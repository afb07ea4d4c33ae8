// SPDX-License-Identifier: Apache-2.0
#include "core/manifest.hpp"

#include <nlohmann/json.hpp>

namespace dyad::core {

nlohmann::ordered_json to_json(const Manifest& manifest) {
    auto configs = nlohmann::ordered_json::array();
    for (const auto& config : manifest.configs) configs.push_back({{"file", config.file}, {"sha256", config.sha256}});
    auto constants = nlohmann::ordered_json::array();
    for (const auto& constant : manifest.constants)
        constants.push_back(
            {{"name", constant.name}, {"value", constant.value}, {"unit", constant.unit}, {"source", constant.source}});
    return {{"version", version()},
            {"seed", manifest.seed},
            {"configs", std::move(configs)},
            {"technology", manifest.technology},
            {"constants", std::move(constants)}};
}

const char* version() { return DYAD_VERSION; }

}  // namespace dyad::core
