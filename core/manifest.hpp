// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace dyad::core {

/// A constant that took part in a result, and where it is from.
struct Constant {
    std::string name;
    double value = 0;
    std::string unit;
    std::string source;
    friend bool operator==(const Constant&, const Constant&) = default;
};

/// What a result was made from.
struct Manifest {
    struct Config {
        std::string file, sha256;
    };
    std::uint64_t seed = 0;
    std::vector<Config> configs;
    std::string technology;
    std::vector<Constant> constants;
};

/// `{"version", "seed", "configs", "technology", "constants"}` (interfaces.md).
[[nodiscard]] nlohmann::ordered_json to_json(const Manifest& manifest);

/// The project's version, e.g. "0.1.0".
[[nodiscard]] const char* version();

}  // namespace dyad::core
