// SPDX-License-Identifier: Apache-2.0
#include "codesign/accuracy/supernet.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "codesign/accuracy/training.hpp"
#include "core/document.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

Json training_options(const Experiment& experiment, const std::string& file, bool quiet) {
    const auto evaluator = Json::parse(experiment.evaluator->options);
    auto options = Json::parse(experiment.evaluator->training);
    if (evaluator.contains("data")) options["data"] = evaluator["data"];
    options["checkpoint"] = file;
    options["resume"] = true;
    options["progress"] = !quiet;
    return options;
}

}  // namespace

void train_if_missing(const Experiment& experiment, bool quiet) {
    if (!experiment.evaluator || experiment.evaluator->name != "supernet") return;
    const auto file = experiment.evaluator->checkpoint();
    if (std::filesystem::exists(file)) return;
    if (experiment.networks.size() != 1)
        throw core::Error(fmt::format("{}: no such supernet; it cannot be trained here, the experiment has {} networks",
                                      file.string(), experiment.networks.size()));
    const auto part = file.string() + ".part";
    try {
        (void)train_supernet(experiment.networks.front().document->file, training_options(experiment, part, quiet), 1);
    } catch (const core::Error& error) {
        throw core::Error(fmt::format("{}: cannot be trained: {}", file.string(), error.what()));
    }
    std::filesystem::rename(part, file);
}

}  // namespace dyad::codesign
