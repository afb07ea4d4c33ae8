// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "arch_space/torch/batch.hpp"
#include "arch_space/torch/training/metrics.hpp"
#include "arch_space/torch/training/supernet.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"

namespace dyad::arch_space::torch {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr auto most = std::uint64_t{1} << 40;
constexpr auto between_saves = std::chrono::seconds(30);

struct Learning {
    Recipe recipe;
    unsigned threads;
    bool progress;
};

Learning learning_of(const Json& options, const Recipe& usual, std::uint64_t seed) {
    return {{.epochs = whole(options, "epochs", usual.epochs, 1, 1'000'000),
             .batch = whole(options, "batch", usual.batch, 4, 65536),
             .images = whole(options, "images", usual.images, 0, most),
             .validation = whole(options, "validation", usual.validation, 0, most),
             .rate = number(options, "learning_rate", usual.rate, 1e-9, 1e9),
             .decay = number(options, "decay", usual.decay, 0, 1),
             .seed = seed},
            static_cast<unsigned>(whole(options, "threads", 1, 1, 2)),
            flag(options, "progress", false)};
}

void expect_options(const Json& options, std::vector<std::string> own, bool learns, bool tests) {
    const std::vector<std::string> learning{"epochs",        "batch", "images",  "validation",
                                            "learning_rate", "decay", "threads", "progress"};
    if (learns) own.insert(own.end(), learning.begin(), learning.end());
    if (tests)
        for (auto& key : test_option_keys()) own.push_back(std::move(key));
    expect_known(options, own);
}

std::string checkpoint_of(const Json& options) {
    auto file = text(options, "checkpoint", "");
    if (file.empty()) throw core::Error("missing option 'checkpoint' (the file of a trained supernet)");
    return file;
}

/// Throws core::Error when nobody is left to read the answer of this program.
void expect_reader() {
    pollfd output{STDOUT_FILENO, 0, 0};
    if (::poll(&output, 1, 0) == 1 && (output.revents & (POLLERR | POLLHUP)) != 0)
        throw core::Error("nobody waits for the answer");
}

void take_step(core::Progress& progress, double loss) {
    expect_reader();
    progress.note(fmt::format("loss {:.4f}", loss));
    progress.add(1);
}

}  // namespace

Metrics train_alone(const Request& request) {
    expect_options(request.options, {"data"}, true, true);
    const auto learning = learning_of(request.options, {}, request.seed);
    const auto& data = request.shelf.data(text(request.options, "data", fashion_mnist));
    const auto testing = prepare(request, data, learning.recipe.validation, false);
    Trainer trainer(data, learning.recipe, learning.threads);
    SharedWeights weights(request.seed);
    core::Progress progress(fmt::format("steps of {}", request.network.name), trainer.steps(), !learning.progress);
    trainer.run(
        weights, [&](std::uint64_t) { return request.network; }, 0, trainer.steps(),
        [&](std::uint64_t, double loss) { take_step(progress, loss); });
    Classifier classifier(request.network, weights.trained_slices(request.network), data, testing.options.calibration);
    return test(classifier, testing, request);
}

Metrics supernet(const Request& request) {
    expect_options(request.options, {"checkpoint", "data"}, false, true);
    const auto& checkpoint = request.shelf.checkpoint(checkpoint_of(request.options));
    const auto& data = request.shelf.data(text(request.options, "data", checkpoint.data));
    const auto testing = prepare(request, data, checkpoint.recipe.validation, true);
    (void)Feed(request.network, data);
    expect_room(request.network, 128);
    Classifier classifier(request.network, checkpoint.weights.trained_slices(request.network), data,
                          testing.options.calibration);
    return test(classifier, testing, request);
}

Metrics train_supernet(const std::string& space, const Json& options, std::uint64_t seed, Shelf& shelf) {
    expect_options(options, {"checkpoint", "data", "resume"}, true, false);
    const std::filesystem::path file = checkpoint_of(options);
    const auto& data = shelf.data(text(options, "data", fashion_mnist));
    const auto sixth = static_cast<std::uint64_t>(data.train.size()) / 6;
    const auto learning = learning_of(options, {.epochs = 20, .batch = 64, .validation = sixth}, seed);
    Supernet net(space, data, learning.recipe, learning.threads);
    if (flag(options, "resume", false) && std::filesystem::exists(file)) net.resume(file);
    core::Progress progress("steps of a supernet", net.state().steps, !learning.progress);
    progress.add(net.state().step, true);
    auto saved = Clock::now();
    net.run(net.state().steps, [&](std::uint64_t, double loss) {
        take_step(progress, loss);
        if (Clock::now() - saved < between_saves) return;
        write_checkpoint(file, net.state());
        saved = Clock::now();
    });
    write_checkpoint(file, net.state());
    return {{"loss", {net.state().loss, 0, "nat"}}, {"steps", {static_cast<double>(net.state().steps), 0, "step"}}};
}

}  // namespace dyad::arch_space::torch
