// SPDX-License-Identifier: Apache-2.0
#include "codesign/accuracy/supernet.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
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

/// Held by one process at a time; the others wait. It goes with the process, whatever ends that.
class Lock {
public:
    Lock(const std::filesystem::path& file, bool quiet)
        : file_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
        if (file_ < 0) throw core::Error(fmt::format("{}: cannot write: {}", file.string(), std::strerror(errno)));
        if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
        if (!quiet) fmt::print(stderr, "waiting for the process that holds {}\n", file.string());
        while (::flock(file_, LOCK_EX) != 0 && errno == EINTR) {
        }
    }
    ~Lock() { ::close(file_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    int file_;
};

}  // namespace

void train_if_missing(const Experiment& experiment, bool quiet) {
    if (!experiment.evaluator || experiment.evaluator->name != "supernet") return;
    const auto file = experiment.evaluator->checkpoint();
    if (std::filesystem::exists(file)) return;
    if (experiment.networks.size() != 1)
        throw core::Error(fmt::format("{}: no such supernet; it cannot be trained here, the experiment has {} networks",
                                      file.string(), experiment.networks.size()));
    const auto part = file.string() + ".part", claim = file.string() + ".lock";
    const Lock lock(claim, quiet);
    if (std::filesystem::exists(file)) return;
    try {
        (void)train_supernet(experiment.networks.front().document->file, training_options(experiment, part, quiet), 1);
    } catch (const core::Error& error) {
        throw core::Error(fmt::format("{}: cannot be trained: {}", file.string(), error.what()));
    }
    std::filesystem::rename(part, file);
    std::filesystem::remove(claim);  // whoever waits for it finds the supernet
}

}  // namespace dyad::codesign
