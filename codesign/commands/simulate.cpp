// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "arch_space/network.hpp"
#include "codesign/commands/command.hpp"
#include "codesign/commands/one_of.hpp"
#include "codesign/commands/scalesim_report.hpp"
#include "codesign/devices/simulate.hpp"
#include "codesign/evaluation/fusion.hpp"
#include "core/document.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "hw_space/dma.hpp"
#include "hw_space/unit_file.hpp"
#include "models/device/device.hpp"
#include "models/energy.hpp"
#include "models/kernel_file.hpp"
#include "models/mapper.hpp"
#include "models/report.hpp"
#include "sim/simulate.hpp"

namespace dyad::codesign {
namespace {

using models::Fidelity;

struct Arguments {
    std::string network, accelerator;
    Fidelity fidelity = Fidelity::systemc;
    std::uint64_t batch = 1;
    std::string trace, vcd;
    bool no_jump = false, no_fusion = false, fidelity_given = false;
    Fusion level = Fusion::chains;
    /// Data are moved kernel by kernel: single cycles have no chains.
    [[nodiscard]] Fusion fusion() const {
        if (no_fusion) return Fusion::off;
        return fidelity == Fidelity::cycle ? std::min(level, Fusion::operators) : level;
    }
};

/// Options that are understood but do not fit a whole network on a chip.
void refuse_unfit(const Arguments& arguments) {
    if (arguments.fidelity == Fidelity::calibrated && !device_document(arguments.accelerator))
        throw core::Error(
            fmt::format("--fidelity calibrated: '{}' is a chip; only a device that was measured and "
                        "calibrated has this fidelity",
                        arguments.accelerator));
    if (!arguments.vcd.empty() && arguments.fidelity != Fidelity::cycle)
        throw core::Error("--vcd: waveforms are of single cycles; use --fidelity cycle (--trace writes a timeline)");
    if (!arguments.trace.empty() && arguments.fidelity == Fidelity::analytic)
        throw core::Error("--trace: the closed forms have no timeline; use --fidelity systemc");
}

struct Simulated {
    models::Report report;
    core::Manifest manifest;
    std::string remark{};
    std::optional<models::Prediction> interval{};  ///< of the latency on a device
};

/// A network on a device, measured instead of designed.
Simulated simulate_device(const Arguments& arguments, const core::Document& device) {
    if ((arguments.fidelity_given && arguments.fidelity != Fidelity::calibrated) || !arguments.trace.empty())
        throw core::Error(fmt::format("'{}' is a device: its times are calibrated, without a schedule to cost or trace",
                                      arguments.accelerator));
    const auto network = core::read_document(core::find_config(arguments.network, "networks"));
    core::Manifest manifest{.seed = 0,
                            .configs = {{network->file, network->sha256}, {device.file, device.sha256}},
                            .technology = "",
                            .constants = {}};
    const auto read = arch_space::read_network(*network);
    const auto measured = models::read_device(device);
    const bool fusion = arguments.fusion() != Fusion::off;
    return {simulate_on_device(read, measured, arguments.batch, fusion), std::move(manifest), "",
            predict_on_device(read, measured, arguments.batch, fusion)};
}

/// A kernel of the command line, as a network of its own.
models::Dataflow of_kernel(const Arguments& arguments) {
    if (arguments.batch != 1) throw core::Error("--batch: a kernel says its own sizes");
    models::Node node{.kernel = models::read_kernel(arguments.network), .reads = {{}}, .writes = {1}};
    node.reads.front().tensor = 0;
    const auto& kernel = node.kernel;
    models::TensorInfo inputs{"inputs", kernel.vector_inputs, kernel.input_precision};
    models::TensorInfo outputs{"outputs", kernel.vector_outputs, kernel.output_precision};
    if (kernel.nest) {
        inputs.words = kernel.nest->words(models::Operand::inputs);
        outputs.words = kernel.nest->words(models::Operand::outputs);
    }
    inputs.consumers = {0};
    outputs.producer = 0;
    return {arguments.network, 1, {node}, {inputs, outputs}};
}

models::Dataflow read_dataflow(const Arguments& arguments, core::Manifest& manifest) {
    if (models::is_short_kernel(arguments.network)) return of_kernel(arguments);
    const auto file = core::read_document(core::find_config(arguments.network, "networks"));
    manifest.configs.push_back({file->file, file->sha256});
    return arch_space::lower(arch_space::read_network(*file),
                             {.batch = arguments.batch, .fusion = arguments.fusion() != Fusion::off});
}

Simulated simulate_pair(const Arguments& arguments) {
    if (const auto device = device_document(arguments.accelerator)) return simulate_device(arguments, *device);
    core::Manifest manifest;
    auto dataflow = std::make_shared<const models::Dataflow>(read_dataflow(arguments, manifest));
    const auto file = core::read_document(core::find_config(arguments.accelerator, "accelerators"));
    manifest.configs.push_back({file->file, file->sha256});
    for (const auto& name : hw_space::used_units(file->root)) {
        const auto unit = core::read_document(core::find_config(name, "units", file->file));
        manifest.configs.push_back({unit->file, unit->sha256});
    }
    auto chip = std::make_shared<const hw_space::Accelerator>(hw_space::read_accelerator(*file));
    manifest.technology = chip->technology->name;
    manifest.constants = models::constants(*chip);
    const auto remark = hw_space::dma_shortage(*chip);
    models::MapperMemo memo;
    const auto schedule =
        models::map_all(std::move(dataflow), chip, {.chains = arguments.fusion() == Fusion::chains}, memo);
    if (arguments.fidelity == Fidelity::analytic) return {models::analytic(schedule), std::move(manifest), remark};
    const sim::Options options{
        .jump = !arguments.no_jump, .trace = arguments.trace, .fidelity = arguments.fidelity, .vcd = arguments.vcd};
    return {sim::simulate(schedule, options), std::move(manifest), remark};
}

/// Latency with what is known of it: cycles on a chip, the 90 % interval on a device.
std::string latency_text(const models::Report& r, const std::optional<models::Prediction>& interval) {
    if (!interval) return fmt::format("{} ({} cycles)", to_text(r.latency), r.cycles.count());
    return fmt::format("{} (90 %: {} to {})", to_text(r.latency), to_text(core::Seconds(interval->low)),
                       to_text(core::Seconds(interval->high)));
}

std::string totals_text(const models::Report& r, const std::optional<models::Prediction>& interval) {
    std::string text = fmt::format("{} on {} ({}, batch {})\n\n", r.network, r.accelerator, name(r.fidelity), r.batch);
    const auto line = [&](const char* what, const std::string& value) {
        text += fmt::format("{:<18} {}\n", what, value);
    };
    const bool device = r.fidelity == Fidelity::calibrated;  // without energy, area and cycles
    line("latency", latency_text(r, interval));
    if (!device) {
        line("energy", to_text(r.energy));
        line("power", to_text(r.power));
        line("area", to_text(r.area));
    }
    line("utilization", fmt::format("{:.1f} %", 100 * r.utilization));
    line("MACs", fmt::format("{}", r.macs));
    line("parameters", fmt::format("{} ({})", r.parameters, to_text(r.weight_bytes)));
    line("peak activations", to_text(r.peak_activation_bytes));
    if (!device) line("DRAM", fmt::format("{} read, {} written", to_text(r.dram_read), to_text(r.dram_write)));
    return text;
}

std::string plugins_text(const models::Report& r) {
    std::string text;
    for (const auto& p : r.plugins)
        text += fmt::format("\nunit {}: its module computes in {} cycles, its file estimates {} ({:+.1f} %)\n", p.unit,
                            p.module.count(), p.file.count(), 100 * p.relative());
    return text;
}

bool on_host(const models::KernelReport& kernel) { return kernel.engine == "host"; }

std::string kernels_text(const models::Report& r) {
    Table table({"kernel", "op", "engine", "time", "share", "utilization", "bound by", "energy"});
    bool host = false;
    for (const auto& k : r.kernels) {
        host = host || on_host(k);
        table.add({k.name, k.op, on_host(k) ? "host *" : k.engine, to_text(k.latency),
                   fmt::format("{:.1f} %", 100 * (k.latency / r.latency)), fmt::format("{:.1f} %", 100 * k.utilization),
                   k.bound_by, r.fidelity == Fidelity::calibrated ? "-" : to_text(k.energy.total())});
    }
    return table.text() + (host ? "\n* outside the chip: in its time, not in its area and power\n" : "");
}

std::string kernels_csv(const models::Report& r) {
    Table table({"kernel", "op", "engine", "start_s", "latency_s", "cycles", "stall_cycles", "macs", "utilization",
                 "bound_by", "energy_j"});
    for (const auto& k : r.kernels)
        table.add({k.name, k.op, k.engine, fmt::format("{}", k.start.count()), fmt::format("{}", k.latency.count()),
                   std::to_string(k.cycles.count()), std::to_string(k.stall_cycles.count()), std::to_string(k.macs),
                   fmt::format("{}", k.utilization), k.bound_by,
                   r.fidelity == Fidelity::calibrated ? "" : fmt::format("{}", k.energy.total().count())});
    return table.csv();
}

nlohmann::ordered_json report_json(const models::Report& report, const core::Manifest& manifest,
                                   const std::optional<models::Prediction>& interval) {
    auto json = models::to_json(report, manifest);
    if (interval) {
        json["totals"]["latency_low_s"] = interval->low;
        json["totals"]["latency_high_s"] = interval->high;
    }
    return json;
}

/// The other tool's own report, into a directory.
int write_scalesim(const Arguments& arguments, const Output& output) {
    if (output.path.empty()) throw core::Error("--format scalesim: give a directory with -o");
    const auto network =
        arch_space::read_network(*core::read_document(core::find_config(arguments.network, "networks")));
    const auto chip =
        hw_space::read_accelerator(*core::read_document(core::find_config(arguments.accelerator, "accelerators")));
    const auto text = scalesim_report(
        arch_space::lower(network, {.batch = arguments.batch, .fusion = arguments.fusion() != Fusion::off}), chip);
    std::filesystem::create_directories(output.path);
    core::write_file(std::filesystem::path(output.path) / "COMPUTE_REPORT.csv", text);
    return good;
}

int run_simulate(const Arguments& arguments, const Output& output) {
    if (output.format == Format::scalesim) return write_scalesim(arguments, output);
    refuse_unfit(arguments);
    const auto [report, manifest, remark, interval] = simulate_pair(arguments);
    if (!output.quiet && !remark.empty()) fmt::print(stderr, "remark: {}\n", remark);
    if (output.format == Format::json)
        print(output, json_text(report_json(report, manifest, interval)));
    else if (output.format == Format::csv)
        print(output, kernels_csv(report));
    else
        print(output, totals_text(report, interval) + "\n" + kernels_text(report) + plugins_text(report));
    return good;
}

}  // namespace

Action define_simulate(CLI::App& app, std::shared_ptr<Output> output) {
    auto a = std::make_shared<Arguments>();
    const std::map<std::string, Fidelity> fidelities{{"analytic", Fidelity::analytic},
                                                     {"systemc", Fidelity::systemc},
                                                     {"cycle", Fidelity::cycle},
                                                     {"calibrated", Fidelity::calibrated}};
    const std::map<std::string, Fusion> fusions{
        {"off", Fusion::off}, {"operators", Fusion::operators}, {"chains", Fusion::chains}};
    app.add_option("NETWORK", a->network, "a network file, the name of one, or a kernel such as gemm:M,N,K")
        ->required();
    app.add_option("ACCELERATOR", a->accelerator, "an accelerator file, or the name of one")->required();
    app.add_option_function<Fidelity>(
           "--fidelity", [a](const Fidelity& level) { a->fidelity = level, a->fidelity_given = true; },
           "analytic, systemc (default), cycle, or calibrated (the only one of a device)")
        ->transform(one_of(fidelities))
        ->option_text("LEVEL");
    app.add_option("--batch", a->batch, "samples in one go (default 1)")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 20).description(""))
        ->option_text("N");
    app.add_option("--trace", a->trace, "write a timeline for chrome://tracing or Perfetto")->option_text("FILE");
    app.add_option("--vcd", a->vcd, "write a waveform of the arrays' first 5,000 cycles (--fidelity cycle)")
        ->option_text("FILE");
    app.add_flag("--no-jump", a->no_jump, "play every tile, repeats included");
    app.add_option("--fusion", a->level,
                   "off, operators (normalisation, activation, residual with their kernel) or chains (default: also "
                   "chains of kernels depth-first, tile by tile, where that is better; not with --fidelity cycle)")
        ->transform(one_of(fusions))
        ->option_text("LEVEL");
    app.add_flag("--no-fusion", a->no_fusion, "the same as --fusion off: every operator a kernel of its own");
    return [=] { return run_simulate(*a, *output); };
}

}  // namespace dyad::codesign
