// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "codesign/commands/command.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "models/import/scalesim.hpp"
#include "models/import/timeloop.hpp"

namespace dyad::codesign {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::string kind;
    std::vector<std::string> files;
};

struct Written {
    const char* name;
    std::string text;
};

std::vector<Written> convert(const Arguments& arguments) {
    const std::vector<fs::path> files(arguments.files.begin(), arguments.files.end());
    if (arguments.kind == "timeloop") {
        auto design = models::import_timeloop(files);
        return {{"accelerator.yaml", std::move(design.accelerator)},
                {"kernel.yaml", std::move(design.kernel)},
                {"mapping.yaml", std::move(design.mapping)}};
    }
    if (files.size() != 2)
        throw core::Error(
            fmt::format("import scalesim: expected a configuration and a topology, got {} files", files.size()));
    auto pair = models::import_scalesim(files[0], files[1]);
    return {{"accelerator.yaml", std::move(pair.accelerator)}, {"network.yaml", std::move(pair.network)}};
}

int run_import(const Arguments& arguments, const Output& output) {
    const auto files = convert(arguments);
    std::error_code failed;
    fs::create_directories(output.path, failed);
    if (failed) throw core::Error(fmt::format("cannot make directory '{}': {}", output.path, failed.message()));
    std::string names;
    for (const auto& [name, text] : files) {
        if (text.empty()) continue;
        core::write_file(fs::path(output.path) / name, text);
        names += (fs::path(output.path) / name).string() + "\n";
    }
    if (!output.quiet) print({}, names);
    return good;
}

}  // namespace

Action define_import(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    app.add_option("TOOL", a->kind, "timeloop or scalesim")
        ->required()
        ->check(CLI::IsMember({"timeloop", "scalesim"}).description(""));
    app.add_option("FILE", a->files, "the tool's files: any of Timeloop's, or a configuration and a topology")
        ->required();
    return [=] { return run_import(*a, *output); };
}

}  // namespace dyad::codesign
