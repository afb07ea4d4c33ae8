// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "arch_space/network.hpp"
#include "codesign/commands/command.hpp"
#include "codesign/commands/one_of.hpp"
#include "codesign/unit/present.hpp"
#include "core/document.hpp"
#include "core/files.hpp"
#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

struct Arguments {
    std::string unit, accelerator;
    std::vector<std::string> networks;
    models::Objective objective = models::Objective::edp;
    std::uint64_t batch = 1;
    std::optional<unsigned> workers;
};

std::shared_ptr<const core::Document> read(core::Manifest& manifest, const std::string& name, const char* kind) {
    auto document = core::read_document(core::find_config(name, kind));
    manifest.configs.push_back({document->file, document->sha256});
    return document;
}

Format format_of(const Output& output) {
    const bool html = output.path.ends_with(".html");
    return html && output.format == Format::table ? Format::html : output.format;
}

int run_unit(const Arguments& arguments, const Output& output) {
    core::Manifest manifest;
    const auto chip = hw_space::read_accelerator(*read(manifest, arguments.accelerator, "accelerators"));
    const auto unit = put_on_chip(arguments.unit, chip);
    if (!unit.from_chip) (void)read(manifest, arguments.unit, "units");
    std::vector<std::shared_ptr<const models::Dataflow>> networks;
    for (const auto& name : arguments.networks)
        networks.push_back(std::make_shared<const models::Dataflow>(arch_space::lower(
            arch_space::read_network(*read(manifest, name, "networks")), {.batch = arguments.batch, .fusion = true})));
    manifest.technology = chip.technology->name;
    manifest.constants = models::constants(unit.with);
    StudyOptions options{.objective = arguments.objective,
                         .workers = arguments.workers.value_or(std::max(1U, std::thread::hardware_concurrency())),
                         .progress = {}};
    if (!output.quiet && isatty(STDERR_FILENO) == 1)
        options.progress = [](const std::string& what) { fmt::print(stderr, "{} ...\n", what); };
    const auto study = study_unit(unit, networks, options);
    const auto format = format_of(output);
    print(output, format == Format::json   ? json_text(to_json(study, manifest))
                  : format == Format::csv  ? to_csv(study)
                  : format == Format::html ? to_page(study, manifest)
                                           : to_table(study));
    return good;
}

}  // namespace

Action define_unit(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    const std::map<std::string, models::Objective> objectives{{"latency", models::Objective::latency},
                                                              {"energy", models::Objective::energy},
                                                              {"edp", models::Objective::edp}};
    app.add_option("UNIT", a->unit, "a unit file, the name of one, or an engine of the accelerator")->required();
    app.add_option("ACCELERATOR", a->accelerator, "an accelerator file, or the name of one")->required();
    app.add_option("NETWORK", a->networks, "network files, or names of them")->required();
    app.add_option("--objective", a->objective, "latency, energy or edp (default)")
        ->transform(one_of(objectives))
        ->option_text("WHAT");
    app.add_option("--batch", a->batch, "samples in one go (default 1)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20).description(""))
        ->option_text("N");
    app.add_option("--workers", a->workers, "processes that look at sizes (default: one a core; 0: none)")
        ->check(CLI::Range(0U, 1024U).description(""))
        ->option_text("N");
    return [=] { return run_unit(*a, *output); };
}

}  // namespace dyad::codesign
