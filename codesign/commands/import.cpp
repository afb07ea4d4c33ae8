// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <filesystem>

#include "arch_space/onnx/import.hpp"
#include "codesign/commands/command.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "models/import/scalesim.hpp"
#include "models/import/timeloop.hpp"

namespace dyad::codesign {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::string kind;
    std::vector<std::string> files, sizes;
};

struct Written {
    const char* name;
    std::string text;
};

struct Converted {
    std::vector<Written> files;
    std::vector<std::string> remarks;
};

Converted convert(const Arguments& arguments) {
    const std::vector<fs::path> files(arguments.files.begin(), arguments.files.end());
    if (arguments.kind == "timeloop") {
        auto design = models::import_timeloop(files);
        return {{{"accelerator.yaml", std::move(design.accelerator)},
                 {"kernel.yaml", std::move(design.kernel)},
                 {"mapping.yaml", std::move(design.mapping)}},
                std::move(design.remarks)};
    }
    if (files.size() != 2)
        throw core::Error(
            fmt::format("import scalesim: expected a configuration and a topology, got {} files", files.size()));
    auto pair = models::import_scalesim(files[0], files[1]);
    return {{{"accelerator.yaml", std::move(pair.accelerator)}, {"network.yaml", std::move(pair.network)}},
            std::move(pair.remarks)};
}

/// What is written can be read: faults that only the whole chip shows.
void check(const std::string& accelerator) try {
    (void)hw_space::read_accelerator(*core::parse_document(accelerator, "accelerator.yaml"));
} catch (const core::Error& error) {
    throw core::Error(fmt::format("what the files describe is no chip\n{}", error.what()));
}

/// `name=number`.
std::pair<std::string, std::uint64_t> size_of(const std::string& text) {
    const auto split = text.rfind('=');
    std::uint64_t size = 0;
    const auto* end = text.data() + text.size();
    const auto* begin = split == std::string::npos ? end : text.data() + split + 1;
    const auto [rest, error] = std::from_chars(begin, end, size);
    if (error != std::errc{} || rest != end || size == 0)
        throw core::Error(fmt::format("--size: expected NAME=NUMBER, got '{}'", core::shortened(text)));
    return {text.substr(0, split), size};
}

int import_onnx(const Arguments& arguments, const Output& output) {
    if (arguments.files.size() != 1)
        throw core::Error(fmt::format("import onnx: expected one model, got {} files", arguments.files.size()));
    arch_space::OnnxOptions options;
    for (const auto& text : arguments.sizes) options.sizes.insert(size_of(text));
    print(output, arch_space::import_onnx(arguments.files[0], options));
    return good;
}

int run_import(const Arguments& arguments, const Output& output) {
    if (arguments.kind == "onnx") return import_onnx(arguments, output);
    const auto [files, remarks] = convert(arguments);
    if (!files[0].text.empty()) check(files[0].text);
    std::error_code failed;
    fs::create_directories(output.path, failed);
    if (failed) throw core::Error(fmt::format("cannot make directory '{}': {}", output.path, failed.message()));
    std::string names;
    for (const auto& [name, text] : files) {
        if (text.empty()) continue;
        core::write_file(fs::path(output.path) / name, text);
        names += (fs::path(output.path) / name).string() + "\n";
    }
    if (output.quiet) return good;
    print({}, names);
    for (const auto& remark : remarks) fmt::print(stderr, "{}\n", remark);
    return good;
}

}  // namespace

Action define_import(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    app.add_option("TOOL", a->kind, "timeloop, scalesim or onnx")
        ->required()
        ->check(CLI::IsMember({"timeloop", "scalesim", "onnx"}).description(""));
    app.add_option("FILE", a->files,
                   "the tool's files: any of Timeloop's, a configuration and a topology, or an ONNX model")
        ->required();
    app.add_option("--size", a->sizes, "size of an ONNX model's symbolic axis, such as sequence=128 (repeatable)")
        ->option_text("NAME=N");
    return [=] { return run_import(*a, *output); };
}

}  // namespace dyad::codesign
