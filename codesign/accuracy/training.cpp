// SPDX-License-Identifier: Apache-2.0
#include "codesign/accuracy/training.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "codesign/accuracy/program.hpp"
#include "core/error.hpp"

namespace dyad::codesign {
namespace {

using Json = nlohmann::ordered_json;

/// Adds `--name` with a whole number from `min` on.
void add_count(CLI::App& app, const std::string& name, std::uint64_t& value, std::uint64_t min, const char* what) {
    app.add_option(name, value, what)->check(CLI::Range(min, std::uint64_t{1} << 40).description(""))->option_text("N");
}

std::string absolute(const std::string& path) { return std::filesystem::absolute(path).string(); }

void add_learning(const TrainingOptions& o, bool quiet, Json& json) {
    if (o.epochs != 0) json["epochs"] = o.epochs;
    if (o.batch != 0) json["batch"] = o.batch;
    if (o.images != 0) json["images"] = o.images;
    if (o.validation != 0) json["validation"] = o.validation;
    if (o.learning_rate != 0) json["learning_rate"] = o.learning_rate;
    json["threads"] = o.threads;
    json["progress"] = !quiet;
}

}  // namespace

void add_training_options(CLI::App& app, TrainingOptions& o) {
    app.add_flag("--train", o.train,
                 "train each network alone and test it; with --evaluator supernet: train the weights "
                 "that the members of a space share, into --checkpoint");
    app.add_option("--data", o.data,
                   "data set to train and test on: a folder of IDX files, CIFAR's binary files or "
                   "images (default: Debian's Fashion-MNIST; proxies: normal noise)")
        ->option_text("DIR");
    app.add_option("--checkpoint", o.checkpoint, "file of a supernet's weights")->option_text("FILE");
    app.add_flag("--resume", o.resume, "go on with the training of --checkpoint");
    app.add_option("--metric", o.metrics,
                   "of trained networks: accuracy (default), robustness, fairness_gap, fgsm, pgd, "
                   "noise, blur, contrast, occlusion")
        ->delimiter(',')
        ->option_text("NAME,...");
    app.add_option("--radii", o.radii, "of fgsm and pgd, black 0 and white 1 (default 0.02,0.05)")
        ->delimiter(',')
        ->check(CLI::Range(0.0, 1.0).description(""))
        ->option_text("X,...");
    app.add_option("--groups", o.groups,
                   "of fairness_gap: a file with the name of a group a line, one a test image "
                   "(default: test_groups.txt of --data, or thirds by brightness)")
        ->option_text("FILE");
    add_count(app, "--epochs", o.epochs, 1, "how often to train on each image (default 5; a supernet 20)");
    add_count(app, "--batch", o.batch, 4, "images in a step of training (default 128; a supernet 64)");
    add_count(app, "--images", o.images, 1, "train on so many images (default: all)");
    add_count(app, "--validation", o.validation, 1,
              "keep back so many of the images to learn from (default none; a supernet a sixth)");
    app.add_option("--split", o.split,
                   "test networks on the images of: test, or validation, those kept back (default for supernets)")
        ->check(CLI::IsMember({"test", "validation"}).description(""))
        ->option_text("NAME");
    add_count(app, "--test-images", o.test_images, 1, "test on so many images (default: all)");
    app.add_option("--learning-rate", o.learning_rate, "the greatest (default 0.1)")
        ->check(CLI::Range(1e-9, 1e9).description(""))
        ->option_text("X");
    app.add_option("--threads", o.threads, "of training: 1 (default) or 2, with the same result")
        ->check(CLI::Range(1U, 2U).description(""))
        ->option_text("N");
}

void expect_used(const CLI::App& app, const TrainingOptions& o, const std::string& evaluator) {
    const bool train = o.train, supernet = evaluator == "supernet", tested = supernet != train,
               shared = supernet && train;
    const auto measures = [&](std::initializer_list<const char*> some) {
        return std::ranges::find_first_of(o.metrics, some) != o.metrics.end();
    };
    const struct {
        const char* option;
        bool used;
        const char* where;
    } rules[] = {
        {"--train", evaluator != "command", "--evaluator zero_cost or supernet"},
        {"--command", evaluator == "command", "--evaluator command"},
        {"--checkpoint", supernet, "--evaluator supernet"},
        {"--resume", shared, "--evaluator supernet --train"},
        {"--epochs", train, "--train"},
        {"--batch", train, "--train"},
        {"--images", train, "--train"},
        {"--validation", train, "--train"},
        {"--learning-rate", train, "--train"},
        {"--threads", train, "--train"},
        {"--data", evaluator != "command", "--evaluator zero_cost or supernet"},
        {"--metric", tested, "--train, or with --evaluator supernet that is trained"},
        {"--radii", tested, "--train, or with --evaluator supernet that is trained"},
        {"--groups", tested, "--train, or with --evaluator supernet that is trained"},
        {"--split", tested, "--train, or with --evaluator supernet that is trained"},
        {"--test-images", tested, "--train, or with --evaluator supernet that is trained"},
        {"--radii", measures({"robustness", "fgsm", "pgd"}), "--metric robustness, fgsm or pgd"},
        {"--groups", measures({"fairness_gap"}), "--metric fairness_gap"},
        {"--proxy", evaluator == "zero_cost" && !train, "--evaluator zero_cost, without --train"},
        {"--seeds", evaluator == "zero_cost" && !train, "--evaluator zero_cost, without --train"},
        {"--samples", evaluator == "zero_cost" && !train, "--evaluator zero_cost, without --train"},
        {"--members", !shared, "networks to score, not where a supernet is trained"},
        {"--timeout", !shared, "networks to score, not where a supernet is trained"},
        {"--workers", !shared, "networks to score, not where a supernet is trained"},
    };
    for (const auto& rule : rules)
        if (!rule.used && app.count(rule.option) > 0)
            throw core::Error(fmt::format("{}: only with {}", rule.option, rule.where));
}

Json request_options(const TrainingOptions& o, bool supernet, bool quiet) {
    if (supernet && o.checkpoint.empty())
        throw core::Error("--evaluator supernet: give the file of its weights with --checkpoint");
    Json json = Json::object();
    if (!o.data.empty()) json["data"] = absolute(o.data);
    if (supernet) json["checkpoint"] = absolute(o.checkpoint);
    if (o.train) add_learning(o, quiet, json);
    if (o.resume) json["resume"] = true;
    if (supernet && o.train) return json;
    if (!o.split.empty()) json["split"] = o.split;
    if (o.test_images != 0) json["test_images"] = o.test_images;
    if (!o.radii.empty()) json["radii"] = o.radii;
    if (!o.groups.empty()) json["groups"] = absolute(o.groups);
    return json;
}

Json train_supernet(const std::string& space, const Json& options, std::uint64_t seed) {
    const Json request{{"space", absolute(space)}, {"evaluator", "supernet"}, {"options", options}, {"seed", seed}};
    AccuracyProgram program({own_accuracy_program()}, std::chrono::hours(24 * 365));
    const auto [metrics, error] = program.ask(request);
    if (!error.empty()) throw core::Error(error);
    Json json = Json::object();
    for (const auto& [name, metric] : metrics) json[name] = metric.value;
    return json;
}

}  // namespace dyad::codesign
