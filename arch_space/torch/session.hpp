// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arch_space/network.hpp"

namespace dyad::arch_space::torch {

/// A request of the accuracy evaluator protocol (dyad/accuracy/1), read and checked but for its options.
struct Request {
    const Network& network;
    const std::vector<std::string>& metrics;
    const nlohmann::ordered_json& options;  ///< an object
    std::uint64_t seed;
};

struct Metric {
    double value = 0;
    double spread = 0;  ///< half-width of the 90 % interval over seeds; 0 of one seed
    std::string unit;
};
using Metrics = std::vector<std::pair<std::string, Metric>>;

/// The line that the program begins with.
[[nodiscard]] std::string greeting();
/// The answer to one line: metrics, or an error that names what was wrong. Never throws.
[[nodiscard]] std::string answer(std::string_view line) noexcept;

/// A whole number of the options, in [min, max]. Throws core::Error.
[[nodiscard]] std::uint64_t whole(const nlohmann::ordered_json& options, const std::string& key, std::uint64_t fallback,
                                  std::uint64_t min, std::uint64_t max);
/// Throws core::Error for the first key that is not `known`.
void expect_known(const nlohmann::ordered_json& options, const std::vector<std::string>& known);

/// Scores of an untrained network. Metrics: proxies by name; `accuracy` is that of the option `proxy`
/// (synflow). Other options: `seeds` (1), `samples` in a batch (64). Throws core::Error for a network without weights,
/// a batch beyond 8 GiB of activations, an unknown metric, a score that is not finite.
[[nodiscard]] Metrics zero_cost(const Request& request);

}  // namespace dyad::arch_space::torch
