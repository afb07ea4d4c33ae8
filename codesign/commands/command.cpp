// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "codesign/commands/one_of.hpp"
#include "core/error.hpp"
#include "core/manifest.hpp"

namespace dyad::codesign {
namespace {

constexpr int usage = 2;

struct Defined {
    CLI::App* app;
    Action action;
};

Defined define(CLI::App& dyad, const Command& command) {
    auto output = std::make_shared<Output>();
    auto* app = dyad.add_subcommand(command.name, command.summary);
    auto action = command.define(*app, output);
    std::map<std::string, Format> formats{{"table", Format::table}, {"json", Format::json}, {"csv", Format::csv}};
    const char* known = "table, json or csv";
    if (command.define == define_simulate) formats.emplace("scalesim", Format::scalesim);
    if (command.define == define_unit) {
        formats.emplace("html", Format::html);
        known = "table, json, csv or html (the default of -o X.html)";
    }
    app->add_option("--format", output->format, known)->transform(one_of(formats))->option_text("FORMAT");
    const char* where = command.define == define_import ? "directory to write; for onnx, the network file"
                        : command.needs_directory       ? "directory to write"
                                                        : "file to write instead of standard output";
    app->add_option("-o,--output", output->path, where)->required(command.needs_directory)->option_text("PATH");
    app->add_flag("-q,--quiet", output->quiet, "no progress, no remarks");
    app->footer(fmt::format("Example:\n  {}", command.example));
    return {app, std::move(action)};
}

}  // namespace

const std::vector<Command>& commands() {
    static const std::vector<Command> all{
        {"simulate", "one pair: latency, energy, traffic, per kernel", "dyad simulate mobilenet_v2 edge_npu",
         define_simulate},
        {"map", "best mapping of one kernel, or the cost of a given one",
         "dyad map conv:1,64,56,56,64,3,3,1,1 edge_npu", define_map},
        {"sweep", "every combination of an experiment's choices", "dyad sweep array_sweep -o runs/array_sweep",
         define_sweep, true},
        {"merge", "the shards of a sweep into one run", "dyad merge runs/part1 runs/part2 -o runs/whole", define_merge,
         true},
        {"search", "NSGA-II over an experiment's choices", "dyad search mobile_npu -o runs/mobile_npu", define_search,
         true},
        {"unit", "what a custom unit buys: with and without it, at its area and at equal area",
         "dyad unit depthwise ws_array mobilenet_v2 mobilenet_v3_large -o unit.html", define_unit},
        {"compare", "joint search against separate searches at equal budgets",
         "dyad compare synergy_depthwise -o runs/synergy --seeds 5", define_compare, true},
        {"profile", "measure kernels on the machine at hand", "dyad profile host --networks mobilenet_v2 -o host.csv",
         define_profile},
        {"calibrate", "fit a device file to measured profiles", "dyad calibrate v100 profile.csv -o v100.yaml",
         define_calibrate},
        {"predict", "latency of every row of a profile, or accuracy of every member of a table, with its 90 % interval",
         "dyad predict v100 rows.csv -o out.csv", define_predict},
        {"fit", "a predictor of accuracy, from a table of a space's members",
         "dyad fit accuracy table.csv nasbench201 -o my_surrogate.yaml", define_fit},
        {"accuracy", "scores of networks, untrained, trained alone or with weights they share",
         "dyad accuracy mobile_blocks --proxy synflow,naswot", define_accuracy},
        {"report", "report.html, report.md, report.json and figures of a run", "dyad report runs/mobile_npu --baseline",
         define_report},
        {"validate", "our figures beside published ones, with errors", "dyad validate chips", define_validate},
        {"describe", "what is in a network, accelerator, space or experiment file", "dyad describe edge_npu",
         define_describe},
        {"import", "ONNX models, Timeloop's and SCALE-Sim's files to ours",
         "dyad import timeloop arch.yaml problem.yaml mapping.yaml -o imported", define_import, true},
        {"list", "the files that come with dyad", "dyad list networks", define_list},
    };
    return all;
}

std::string whole_number_problem(const std::string& text, std::uint64_t least) {
    std::uint64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc{} && rest == end && number >= least) return "";
    return fmt::format("expected a whole number from {}, got '{}'", least, core::shortened(text));
}

std::string check_seed(std::string& text) { return whole_number_problem(text, 0); }

int run_command_line(int argc, const char* const* argv) {
    CLI::App dyad("Designs a neural network and the accelerator that runs it together.", "dyad");
    dyad.set_version_flag("--version", core::version());
    dyad.require_subcommand(1);
    dyad.footer("'dyad COMMAND --help' tells more about each.");
    std::vector<Defined> defined;
    for (const auto& command : commands()) defined.push_back(define(dyad, command));
    try {
        dyad.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return dyad.exit(error) == 0 ? good : usage;
    }
    for (const auto& [app, action] : defined)
        if (app->parsed()) return action();
    return usage;
}

}  // namespace dyad::codesign
