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

/// The options of a request to `evaluator` ("train" or "supernet") of the accuracy evaluator protocol. Throws
/// core::Error for one that it would not look at.
[[nodiscard]] nlohmann::ordered_json request_options(const TrainingOptions& options, bool supernet, bool quiet);

/// Trains the supernet of a space's file with the options of such a request; its metrics. Throws core::Error.
[[nodiscard]] nlohmann::ordered_json train_supernet(const std::string& space, const nlohmann::ordered_json& options,
                                                    std::uint64_t seed);

}  // namespace dyad::codesign
