// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arch_space/network.hpp"
#include "arch_space/torch/options.hpp"
#include "arch_space/torch/shelf.hpp"

namespace dyad::arch_space::torch {

/// A request of the accuracy evaluator protocol (dyad/accuracy/1), read and checked but for its options.
struct Request {
    const Network& network;
    const std::vector<std::string>& metrics;
    const nlohmann::ordered_json& options;  ///< an object
    std::uint64_t seed;
    Shelf& shelf;
};

struct Metric {
    double value = 0;
    double spread = 0;  ///< half-width of the 90 % interval: over seeds, or of so many test images; 0 of one seed
    std::string unit;
};
using Metrics = std::vector<std::pair<std::string, Metric>>;

/// The line that the program begins with.
[[nodiscard]] std::string greeting();

/// Answers requests; what several need is read once.
class Session {
public:
    /// The answer to one line: metrics, or an error that names what was wrong. Never throws.
    [[nodiscard]] std::string answer(std::string_view line) noexcept;

private:
    [[nodiscard]] nlohmann::ordered_json evaluate(const nlohmann::ordered_json& request);

    Shelf shelf_;
};

/// Scores of an untrained network. Metrics: proxies by name; `accuracy` is that of the option `proxy`
/// (synflow). Other options: `seeds` (1), `samples` in a batch (64), `data` (a folder, as read_data_set has it: images
/// to learn from instead of normal noise). Throws core::Error for a network without weights, a batch beyond 8 GiB of
/// activations, an unknown metric, a score that is not finite.
[[nodiscard]] Metrics zero_cost(const Request& request);
/// Throws core::Error for a network without weights, and as expect_room.
void expect_scorable(const Network& network, std::uint64_t samples);

/// Trains the network alone and tests it. Options: `data` (a folder, as read_data_set has it; Fashion-MNIST), those of
/// learning (`epochs`, `batch`, `images`, `validation` (0: so many are not learned from), `learning_rate`, `decay`,
/// `threads`, `progress`) and of testing (metrics.hpp), on the test images.
[[nodiscard]] Metrics train_alone(const Request& request);

/// Tests the network with weights that it shares. Options: `checkpoint` (the file, must be given), `data` (the
/// checkpoint's), those of testing, on the images that its training kept back.
[[nodiscard]] Metrics supernet(const Request& request);

/// Trains what a space's members share. Options: `checkpoint` (must be given), `resume` (false), `data`, those of
/// learning (`validation`: a sixth). Writes the checkpoint every half minute and at the end. Metrics: `loss` (mean of
/// the last epoch), `steps`.
[[nodiscard]] Metrics train_supernet(const std::string& space, const nlohmann::ordered_json& options,
                                     std::uint64_t seed, Shelf& shelf);

}  // namespace dyad::arch_space::torch
