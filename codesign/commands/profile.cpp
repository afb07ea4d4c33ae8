// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>

#include "codesign/commands/command.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "models/device/design.hpp"

namespace dyad::codesign {
namespace {

struct Arguments {
    std::string device, networks;
    std::size_t each = 24;
    std::uint64_t seed = 1;
    int threads = 1, repetitions = 15;
    bool design = false, shared = false;
};

/// The measuring program beside this one, or by the path.
std::string measurer() {
    std::error_code code;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
    const auto beside = self.parent_path() / "dyad-profile";
    return !code && std::filesystem::is_regular_file(beside) ? beside.string() : "dyad-profile";
}

/// Runs `command` with its standard output in `out`; its exit code.
int run_into(std::vector<std::string> command, const std::filesystem::path& out) {
    std::vector<char*> arguments;
    for (auto& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0)
        throw core::Error(fmt::format("{}: {} (it is built where libtorch is found, see DYAD_WITH_TORCH)", command[0],
                                      std::strerror(failed)));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Written beside `out` and removed whatever comes.
struct Scratch {
    std::filesystem::path file;
    explicit Scratch(std::filesystem::path path) : file(std::move(path)) {}
    ~Scratch() {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};

void measure_host(const Arguments& a, const std::string& design, const std::string& out) {
    if (out.empty()) throw core::Error("profile: give the file to write with -o");
    if (a.shared && a.threads > 1)
        throw core::Error("profile: --shared adds up the time of all threads, so it takes --threads 1");
    const auto processors = static_cast<int>(std::thread::hardware_concurrency());
    if (processors > 0 && a.threads > processors)
        throw core::Error(
            fmt::format("profile: --threads {}: this machine has {} processors to pin them to", a.threads, processors));
    const Scratch rows(out + ".rows"), times(out + ".part");
    core::write_file(rows.file, design);
    std::vector<std::string> command{measurer(), rows.file.string(), std::to_string(a.threads),
                                     std::to_string(a.repetitions)};
    if (a.shared) command.emplace_back("shared");
    const int code = run_into(command, times.file);
    if (code != 0) throw core::Error(fmt::format("dyad-profile ended with {}, nothing was written", code));
    std::filesystem::rename(times.file, out);
}

/// The median of what passed holds what others run meanwhile.
void tell_load(const Arguments& a) {
    const auto processors = static_cast<double>(std::thread::hardware_concurrency());
    double load = 0;  // of the last minute
    if (a.shared || getloadavg(&load, 1) != 1 || load + a.threads < processors + 0.5) return;
    fmt::print(stderr, "profile: others keep this machine busy (load {:.1f} on {} processors){}\n", load, processors,
               a.threads == 1 ? ": --shared takes processor time" : "");
}

int run_profile(const Arguments& a, const Output& output) {
    std::vector<std::string> networks;
    std::istringstream in(a.networks);
    for (std::string name; std::getline(in, name, ',');) {
        (void)core::find_config(name, "networks");  // a name that is none would end the measuring after all kernels
        networks.push_back(name);
    }
    const auto design = models::profile_design(a.each, networks, a.seed);
    if (a.design) {
        print(output, design);
        return good;
    }
    if (a.device != "host")
        throw core::Error(
            fmt::format("profile {}: only this machine ('host') is measured from here; take the rows of "
                        "`dyad profile {} --design` to the device (scripts/profile_torch.py)",
                        a.device, a.device));
    if (!output.quiet) tell_load(a);
    measure_host(a, design, output.path);
    return good;
}

}  // namespace

Action define_profile(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    app.add_option("DEVICE", a->device, "host: this machine's processor")->required();
    app.add_option("--each", a->each, "shapes of each of 15 kinds of kernels (default 24)")
        ->check(CLI::Range(1, 10'000).description(""))
        ->option_text("N");
    app.add_option("--networks", a->networks, "whole networks too, by commas")->option_text("NAMES");
    app.add_option("--threads", a->threads, "threads, pinned to as many processors (default 1)")
        ->check(CLI::Range(1, 4096).description(""))
        ->option_text("N");
    app.add_option("--repetitions", a->repetitions, "timed batches of calls, of which the median counts (default 15)")
        ->check(CLI::Range(3, 10'000).description(""))
        ->option_text("N");
    app.add_option("--seed", a->seed, "of the shapes (default 1)")
        ->check(CLI::Validator(check_seed, ""))
        ->option_text("N");
    app.add_flag(
        "--shared", a->shared,
        "others use the machine too: the least processor time instead of the median of what passed (1 thread)");
    app.add_flag("--design", a->design, "write the rows without times, to be measured elsewhere");
    return [=] { return run_profile(*a, *output); };
}

}  // namespace dyad::codesign
