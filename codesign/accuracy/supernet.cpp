// SPDX-License-Identifier: Apache-2.0
#include "codesign/accuracy/supernet.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "codesign/accuracy/program.hpp"
#include "core/document.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::chrono::hours patience{24 * 365};

Json request(const Experiment& experiment, const std::filesystem::path& file, bool quiet) {
    const auto evaluator = Json::parse(experiment.evaluator->options);
    auto options = Json::parse(experiment.evaluator->training);
    if (evaluator.contains("data")) options["data"] = evaluator["data"];
    options["checkpoint"] = file.string();
    options["resume"] = true;
    options["progress"] = !quiet;
    return {{"id", 0},
            {"space", experiment.networks.front().document->file},
            {"evaluator", "supernet"},
            {"options", options}};
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
    AccuracyProgram program({own_accuracy_program()}, patience);
    const auto answer = program.ask(request(experiment, part, quiet));
    if (!answer.error.empty()) throw core::Error(fmt::format("{}: cannot be trained: {}", file.string(), answer.error));
    std::filesystem::rename(part, file);
}

}  // namespace dyad::codesign
