// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

#include "codesign/commands/command.hpp"
#include "codesign/commands/kernel_argument.hpp"
#include "codesign/commands/mapped.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace dyad::codesign {
namespace {

using models::Objective;
using Json = nlohmann::ordered_json;

/// Every kernel of a network mapped by itself, with all operands in DRAM. What no engine runs has no figures.
struct NetworkMapped {
    std::string network, accelerator;
    std::vector<Mapped> kernels;
    double seconds = 0;
};

NetworkMapped map_network(const KernelArgument& asked, const hw_space::Accelerator& chip, KernelMapper& mapper) {
    NetworkMapped all{asked.network, chip.name, {}, 0};
    for (const auto& kernel : asked.kernels) {
        if (mapper.runs(kernel)) {
            all.kernels.push_back(mapper.map(kernel));
            all.seconds += all.kernels.back().seconds;
        } else {
            all.kernels.emplace_back();
            all.kernels.back().kernel = kernel;
            all.kernels.back().engine = "host";
        }
    }
    return all;
}

Json to_json(const NetworkMapped& all) {
    Json kernels = Json::array();
    bool optimal = true;
    for (const auto& one : all.kernels) {
        const bool host = one.engine == "host";
        optimal = optimal && (host || one.optimal);
        kernels.push_back({{"name", one.kernel.name}, {"op", one.kernel.op}, {"engine", one.engine}});
        if (!host)
            kernels.back().update({{"cycles", one.cycles},
                                   {"energy_j", one.energy.count()},
                                   {"utilization", one.utilization()},
                                   {"optimal", one.optimal},
                                   {"gap", one.gap},
                                   {"evaluated", one.evaluated},
                                   {"pruned", one.pruned},
                                   {"seconds", one.seconds}});
    }
    return {{"schema", "dyad/network_mapping/1"},
            {"network", all.network},
            {"accelerator", all.accelerator},
            {"optimal", optimal},
            {"seconds", all.seconds},
            {"kernels", kernels}};
}

Table table_of(const NetworkMapped& all) {
    Table table({"kernel", "op", "engine", "cycles", "energy", "utilization", "optimal", "mappings", "ms"});
    for (const auto& one : all.kernels) {
        const auto& k = one.kernel;
        if (one.engine == "host")
            table.add({k.name, k.op, "host", "", "", "", "", "", ""});
        else
            table.add({k.name, k.op, one.engine, std::to_string(one.cycles), core::to_text(one.energy),
                       fmt::format("{:.1f} %", 100 * one.utilization()),
                       one.optimal   ? "yes"
                       : one.gap > 0 ? fmt::format("within {:.3g} %", 100 * one.gap)
                                     : "no",
                       std::to_string(one.evaluated), fmt::format("{:.3f}", 1e3 * one.seconds)});
    }
    return table;
}

std::string to_text(const NetworkMapped& all) {
    return fmt::format("{} on {}: {} kernels mapped one by one in {:.1f} ms\n\n{}", all.network, all.accelerator,
                       all.kernels.size(), 1e3 * all.seconds, table_of(all).text());
}

int run_map(const MapArguments& arguments, const Output& output) {
    const auto asked = read_kernels(arguments.kernel);
    const auto file = core::read_document(core::find_config(arguments.accelerator, "accelerators"));
    const auto chip = hw_space::read_accelerator(*file);
    KernelMapper mapper(chip, arguments);
    const auto write = [&](const Json& json, const Table& table, const std::string& text) {
        print(output, output.format == Format::json  ? json_text(json)
                      : output.format == Format::csv ? table.csv()
                                                     : text);
        return good;
    };
    if (asked.network.empty()) {
        const auto one = mapper.map(asked.kernels.front());
        return write(to_json(one), levels_table(one), to_text(one));
    }
    if (!arguments.mapping.empty()) throw core::Error("--mapping is for one kernel: name it, as in NETWORK:KERNEL");
    const auto all = map_network(asked, chip, mapper);
    return write(to_json(all), table_of(all), to_text(all));
}

/// Why a text is not a number of mappings or of seconds; "" when it is.
std::string check_evaluations(std::string& text) { return whole_number_problem(text, 1); }
std::string check_seconds(std::string& text) {
    constexpr double most = 1e9;
    double seconds = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, seconds);
    if (error == std::errc{} && rest == end && seconds > 0 && seconds <= most) return "";
    return fmt::format("expected a number of seconds above 0 and up to {:g}, got '{}'", most, core::shortened(text));
}

}  // namespace

Action define_map(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<MapArguments>();
    const std::map<std::string, Objective> objectives{
        {"latency", Objective::latency}, {"energy", Objective::energy}, {"edp", Objective::edp}};
    app.add_option("KERNEL", a->kernel,
                   "conv:N,C,H,W,K,R,S,stride,pad[,groups], gemm:M,N,K, vector:INPUTS,OUTPUTS,OPERATION=COUNT[,...], "
                   "each of int8 or, as in gemm:M,N,K@bf16, another precision, a kernel file, "
                   "NETWORK:KERNEL, or NETWORK for all its kernels")
        ->required();
    app.add_option("ACCELERATOR", a->accelerator, "an accelerator file, or the name of one")->required();
    app.add_option("--mapping", a->mapping,
                   "cost this mapping instead of searching for the best, as the engine runs it: `plan` or `mapping`, "
                   "as map prints them, or what its --format json wrote")
        ->option_text("FILE");
    app.add_option("--objective", a->objective,
                   "latency, energy or edp (default) in steady state; of equals the least energy (cycles), then the "
                   "fewest cycles with fill and drain, then the first in a fixed order")
        ->transform(CLI::CheckedTransformer(objectives).description(""))
        ->option_text("GOAL");
    app.add_option("--evaluations", a->evaluations, "stop after so many mappings (default: when done)")
        ->check(CLI::Validator(check_evaluations, ""))
        ->option_text("N");
    app.add_option("--time", a->seconds, "stop after so many seconds for each kernel")
        ->check(CLI::Validator(check_seconds, ""))
        ->option_text("SECONDS");
    app.add_flag("--exhaustive", a->exhaustive, "cost every mapping, for small kernels: slow");
    app.add_flag("--bypass", a->bypass,
                 "of a given hierarchy: also try which tensors pass by a level, where no constraint says so");
    app.add_flag(
        "--imperfect", a->imperfect,
        "of a given hierarchy: also one factor a dimension that does not divide it; ends after 200000 mappings "
        "unless told otherwise");
    return [=] { return run_map(*a, *output); };
}

}  // namespace dyad::codesign
