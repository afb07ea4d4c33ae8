// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace dyad::codesign {

/// What the command line says of networks that are trained, and of how they are tested. What is 0, empty or false is
/// left to dyad-accuracy.
struct TrainingOptions {
    bool train = false, resume = false;
    std::string data, checkpoint, groups, split;
    std::vector<std::string> metrics{"accuracy"};
    std::uint64_t epochs = 0, batch = 0, images = 0, validation = 0, test_images = 0;
    double learning_rate = 0;
    unsigned threads = 1;
    std::vector<double> radii;
};
void add_training_options(CLI::App& app, TrainingOptions& options);

/// Throws core::Error for an option of `dyad accuracy` that was given and that `evaluator` would not look at.
void expect_used(const CLI::App& app, const TrainingOptions& options, const std::string& evaluator);

/// The options of a request to "train" or "supernet" of the accuracy evaluator protocol. Throws core::Error where the
/// file of a supernet's weights is missing.
[[nodiscard]] nlohmann::ordered_json request_options(const TrainingOptions& options, bool supernet, bool quiet);

/// Trains the supernet of a space's file with the options of such a request; its metrics. Throws core::Error.
[[nodiscard]] nlohmann::ordered_json train_supernet(const std::string& space, const nlohmann::ordered_json& options,
                                                    std::uint64_t seed);

}  // namespace dyad::codesign
