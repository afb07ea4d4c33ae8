// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "arch_space/accuracy/surrogate.hpp"
#include "arch_space/network.hpp"
#include "codesign/commands/command.hpp"
#include "codesign/commands/describe_hierarchy.hpp"
#include "codesign/commands/describe_space.hpp"
#include "codesign/commands/describe_technology.hpp"
#include "codesign/commands/description.hpp"
#include "codesign/experiment/experiment.hpp"
#include "codesign/experiment/target.hpp"
#include "core/choice_space.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "hw_space/accelerator.hpp"
#include "hw_space/dma.hpp"
#include "hw_space/unit_file.hpp"
#include "models/compression.hpp"
#include "models/device/device.hpp"
#include "models/energy.hpp"
#include "models/mapping_space.hpp"

namespace dyad::codesign {
namespace {

using core::to_text;
using Json = Description::Json;

Description describe_network(const core::Document& document) {
    const auto network = arch_space::read_network(document);
    Description d{"network", network.name, {}, {}};
    d.facts = {{"source", network.source},
               {"layers", network.layers.size()},
               {"parameters", network.parameters()},
               {"macs", network.macs()}};
    Description::Section layers{"layers", {"name", "op", "output", "weights", "activations", "parameters", "macs"}, {}};
    Description::Section densities{"densities", {"name", "weights", "activations", "source"}, {}};
    for (const auto& layer : network.layers) {
        arch_space::Shapes inputs;
        for (std::size_t i = 0; i < layer.inputs.size(); ++i)
            inputs.push_back(network.layers[layer.inputs[i]].outputs[layer.input_slots[i]]);
        layers.rows.push_back({layer.name, arch_space::name(layer.op, inputs),
                               arch_space::to_text(layer.outputs.front()), core::name(layer.weights),
                               core::name(layer.activations), layer.parameters, layer.macs});
        const auto& density = layer.density;
        if (!density.source.empty())
            densities.rows.push_back({layer.name, density.weights, density.activations, density.source});
    }
    d.sections.push_back(std::move(layers));
    if (!densities.rows.empty()) d.sections.push_back(std::move(densities));
    return d;
}

/// "rlc of inputs, outputs"; "" for a memory that keeps all as it is.
std::string text_of(const hw_space::Compression& compression) {
    if (compression.scheme == hw_space::Scheme::none) return "";
    std::vector<const char*> tensors;
    if (compression.tensors.weights) tensors.push_back("weights");
    if (compression.tensors.inputs) tensors.push_back("inputs");
    if (compression.tensors.outputs) tensors.push_back("outputs");
    return fmt::format("{} of {}", compression.scheme == hw_space::Scheme::rlc ? "rlc" : "bitmap",
                       fmt::join(tensors, ", "));
}

/// What the chip makes of zeros.
void add_sparsity(Json& facts, const hw_space::Accelerator& chip) {
    std::vector<std::string> compressed, gated;
    const auto add = [&](const std::string& memory, const hw_space::Compression& compression) {
        if (const auto text = text_of(compression); !text.empty()) compressed.push_back(memory + ": " + text);
    };
    add(chip.dram.name, chip.dram.compression);
    for (const auto& buffer : chip.buffers) add(buffer.name, buffer.compression);
    for (const auto& engine : chip.engines) {
        const auto gating = models::gating(engine);
        if (gating.weights) gated.push_back(name(engine) + ": zero weights");
        if (gating.inputs) gated.push_back(name(engine) + ": zero inputs");
    }
    if (!compressed.empty()) facts["compression"] = fmt::format("{}", fmt::join(compressed, "; "));
    if (!gated.empty()) facts["gating"] = fmt::format("{}", fmt::join(gated, "; "));
}

/// What joins the parts of the chip, and its cores; nothing where the file says nothing of them.
void add_structure(Json& facts, const hw_space::Accelerator& chip) {
    constexpr std::array topologies{"direct", "bus", "crossbar", "mesh"};
    if (chip.network.topology != hw_space::Topology::direct)
        facts["network"] = fmt::format("{}, {} a link and cycle, {} cycles a hop",
                                       topologies[static_cast<std::size_t>(chip.network.topology)],
                                       to_text(chip.network.width), chip.network.hop.count());
    if (chip.cores.count == 1) return;
    std::string own;
    for (auto b = chip.cores.first_buffer; b < chip.buffers.size(); ++b)
        own += (own.empty() ? ", each with " : ", ") + chip.buffers[b].name;
    facts["cores"] = fmt::format("{}{}", chip.cores.count, own);
    if (chip.cores.link.rate.count() > 0)
        facts["core_link"] =
            fmt::format("{}, {} a bit", to_text(chip.cores.link.rate), to_text(chip.cores.link.energy));
}

Json chip_facts(const hw_space::Accelerator& chip) {
    double dynamic = 0, leakage = 0;
    for (const auto& part : models::peak_power(chip)) {
        dynamic += part.dynamic.count();
        leakage += part.leakage.count();
    }
    std::string buffers;
    for (const auto& buffer : chip.buffers)
        buffers += fmt::format("{}{} {}", buffers.empty() ? "" : ", ", buffer.name, to_text(buffer.size));
    return {
        {"note", chip.note},
        {"technology", chip.technology->name},
        {"clock", to_text(chip.clock)},
        {"voltage", to_text(chip.voltage)},
        {"dram", fmt::format("{} x {}, {}", chip.dram.channels, chip.dram.standard->name, to_text(chip.dram.peak()))},
        {"buffers", buffers},
        {"peak_macs_per_cycle", chip.peak_macs()},
        {"area_mm2", models::area(chip).count()},
        {"peak_dynamic_power_w", dynamic},
        {"leakage_power_w", leakage}};
}

Description describe_accelerator(const core::Document& document) {
    const auto chip = hw_space::read_accelerator(document);
    Description d{"accelerator", chip.name, chip_facts(chip), {}};
    add_structure(d.facts, chip);
    if (const auto remark = hw_space::dma_shortage(chip); !remark.empty()) d.facts["remark"] = remark;
    add_sparsity(d.facts, chip);
    if (chip.hierarchy) return describe_hierarchy(chip, std::move(d));
    if (const auto limits = models::left_out(chip); !limits.empty())
        d.facts["mappings_leave_out"] = fmt::format("{}", fmt::join(limits, "; "));
    Description::Section area{"area", {"component", "area_mm2"}, {}};
    for (const auto& part : models::area_parts(chip)) area.rows.push_back({part.component, part.area.count()});
    Description::Section power{"peak_power", {"component", "dynamic_w", "leakage_w"}, {}};
    for (const auto& part : models::peak_power(chip))
        power.rows.push_back({part.component, part.dynamic.count(), part.leakage.count()});
    Description::Section constants{"constants", {"name", "value", "unit", "source"}, {}};
    for (const auto& c : models::constants(chip)) constants.rows.push_back({c.name, c.value, c.unit, c.source});
    d.sections = {std::move(area), std::move(power), std::move(constants)};
    return d;
}

std::string list_text(const std::vector<std::uint64_t>& sizes) {
    return sizes.empty() ? "any" : fmt::format("{}", fmt::join(sizes, ", "));
}

void add_custom(Description& d, const hw_space::CustomUnit& unit) {
    d.facts.update({{"operators", fmt::format("{}", fmt::join(unit.operators, ", "))},
                    {"kernels", list_text(unit.kernels)},
                    {"strides", list_text(unit.strides)},
                    {"dilations", list_text(unit.dilations)},
                    {"macs_per_cycle", unit.macs_per_cycle()},
                    {"elements_per_cycle", unit.elements_per_cycle},
                    {"start_cycles", (unit.launch + unit.start_up).count()},
                    {"port_in_bytes", unit.port_in.count()},
                    {"port_out_bytes", unit.port_out.count()}});
    if (!unit.parts) {
        d.facts["energy_per_operation_pj"] = 1e12 * unit.energy_per_operation.count();
        d.facts["area_mm2"] = unit.area.count();
    }
}

/// Area and power in every technology, beside a small chip.
Description::Section cost_section(const hw_space::Engine& engine) {
    Description::Section section{"cost", {"technology", "area_mm2", "busy_w_at_500_mhz", "leakage_w"}, {}};
    for (const auto& node : core::list_configs("technology")) {
        if (node == "dram") continue;
        hw_space::Accelerator chip;
        chip.technology = hw_space::technology(node);
        chip.dram.standard = hw_space::dram_standard("lpddr4-3200");
        chip.clock = core::Hertz(500e6);
        chip.voltage = chip.technology->nominal_voltage;
        chip.engines = {engine};
        const auto power = models::peak_power(chip).front();
        double area = 0;
        for (const auto& part : models::area_parts(chip))
            if (part.component.starts_with(hw_space::name(engine) + "/")) area += part.area.count();
        area *= 1 + chip.technology->area_overhead;
        section.rows.push_back({node, area, power.dynamic.count(), power.leakage.count()});
    }
    return section;
}

Description describe_unit(const core::Document& document) {
    const auto unit = hw_space::read_unit(document);
    Description d{"unit", unit.name, {{"engine", unit.kind}, {"note", unit.note}, {"source", unit.source}}, {}};
    if (const auto* custom = std::get_if<hw_space::CustomUnit>(&unit.engine)) add_custom(d, *custom);
    d.sections.push_back(cost_section(unit.engine));
    return d;
}

Json quality_facts(const arch_space::Surrogate::Quality& quality) {
    if (!quality.held_out.empty())
        return {{"surrogate_rows", quality.rows},
                {"held_out_mae", quality.leave_one_out_mae},
                {"held_out_spearman", quality.leave_one_out_spearman},
                {"interval_coverage", quality.interval_coverage}};
    return {{"surrogate_rows", quality.rows},
            {"leave_one_out_mae", quality.leave_one_out_mae},
            {"leave_one_out_rmse", quality.leave_one_out_rmse},
            {"leave_one_out_spearman", quality.leave_one_out_spearman},
            {"interval_coverage", quality.interval_coverage}};
}

Description::Section sources_section(const arch_space::Surrogate::Quality& quality) {
    Description::Section section{"sources", {"source"}, {}};
    for (const auto& source : quality.sources) section.rows.push_back({source});
    return section;
}

Description::Section held_out_section(const arch_space::Surrogate::Quality& quality) {
    Description::Section section{
        "held_out", {"model", "spearman", "kendall", "new_spearman", "mean_absolute", "covered"}, {}};
    for (const auto& e : quality.held_out)
        section.rows.push_back({e.model, e.spearman, e.kendall, e.new_spearman, e.mean_absolute, e.covered});
    return section;
}

Description describe_accuracy(const core::Document& document) {
    const auto surrogate = arch_space::Surrogate::load(document.file);
    const auto& quality = surrogate.quality();
    Description d{"accuracy", std::filesystem::path(document.file).stem().string(), quality_facts(quality), {}};
    if (!quality.held_out.empty()) d.sections.push_back(held_out_section(quality));
    d.sections.push_back(sources_section(quality));
    return d;
}

Description describe_experiment(const core::Document& document) {
    const auto experiment = read_experiment(document.file);
    Description d{"experiment", experiment.name, {}, {genes_section(experiment.space)}};
    std::vector<std::string> objectives, constraints;
    for (const auto m : experiment.objectives) objectives.emplace_back(info(m).name);
    for (const auto& c : experiment.constraints) constraints.push_back(c.text);
    d.facts = {{"networks", experiment.networks.size()},
               {"objectives", fmt::format("{}", fmt::join(objectives, ", "))},
               {"constraints", fmt::format("{}", fmt::join(constraints, ", "))},
               {"fidelity", fidelity_text(experiment)},
               {"fusion", name(experiment.fusion)},
               {"genes", experiment.space.genes().size()},
               {"pairs", size_of(experiment.space)},
               {"population", experiment.search.population},
               {"generations", experiment.search.generations},
               {"seed", experiment.search.seed}};
    Description::Section files{"files", {"kind", "file", "sha256"}, {}};
    for (const auto& config : experiment.configs) files.rows.push_back({config.kind, config.file, config.sha256});
    d.sections.push_back(std::move(files));
    if (!experiment.surrogate) return d;
    const auto surrogate = arch_space::Surrogate::load(experiment.surrogate_file);
    d.facts["accuracy"] = "surrogate " + *experiment.surrogate;
    d.facts.update(quality_facts(surrogate.quality()));
    d.sections.push_back(sources_section(surrogate.quality()));
    return d;
}

Description describe_device(const core::Document& document) {
    const auto device = models::read_device(document);
    Description d{"device", device.name, {}, {}};
    d.facts = {{"note", device.note},
               {"framework", device.framework},
               {"provenance", device.provenance},
               {"caveats", device.caveats},
               {"units", device.platform.units},
               {"peak", to_text(device.platform.peak)},
               {"bandwidth", to_text(device.platform.bandwidth)},
               {"calibrated", device.calibration.has_value()}};
    if (!device.calibration) return d;
    const auto& c = *device.calibration;
    d.facts["model"] = c.model;
    d.facts["rows"] = c.rows;
    d.facts["holdout"] = c.holdout;
    Description::Section errors{
        "held_out_errors", {"rows_of", "rows", "mean", "median", "p90", "within_10", "spearman"}, {}};
    for (const auto& [key, e] : c.errors)
        errors.rows.push_back({key, e.rows, e.mean, e.median, e.p90, e.within_10, e.spearman});
    Description::Section physics{"physics", {"class", "parameter", "value", "relative_error", "from"}, {}};
    for (const auto& [kind, values] : c.physics) {
        const auto from = c.taken_from.find(kind);
        for (std::size_t p = 0; p < models::Physics::count; ++p)
            physics.rows.push_back({models::name(kind), models::parameter_name(p), values.value[p], values.spread[p],
                                    from == c.taken_from.end() ? "its rows" : from->second});
    }
    d.sections = {std::move(errors), std::move(physics)};
    return d;
}

/// By the first of these keys at the top of the file (an accelerator has a network of its own).
struct Recognised {
    const char* key;
    Description (*describe)(const core::Document&);
};
constexpr Recognised recognised[] = {{"experiment", describe_experiment}, {"accelerator", describe_accelerator},
                                     {"network", describe_network},       {"device", describe_device},
                                     {"accuracy", describe_accuracy},     {"unit", describe_unit},
                                     {"standards", describe_standards},   {"technology", describe_technology}};

std::filesystem::path find_any(const std::string& name) {
    const char* const kinds[] = {"networks",    "accelerators", "devices", "spaces",
                                 "experiments", "accuracy",     "units",   "technology"};
    std::string message;
    for (const auto* kind : kinds) {
        try {
            return core::find_config(name, kind);
        } catch (const core::Error& error) {
            if (message.empty() || std::string(error.what()).find("did you mean") != std::string::npos)
                message = error.what();
        }
    }
    throw core::Error(message);
}

}  // namespace

Description describe(const std::shared_ptr<const core::Document>& document) {
    const core::ChoiceSpace space(*document);
    for (const auto& kind : recognised)
        for (const auto& entry : document->root.entries)
            if (entry.key == kind.key)
                return space.genes().empty() ? kind.describe(*document)
                                             : describe_space(entry.value.text, *document, space);
    throw core::Error(
        fmt::format("{}: expected a network, accelerator, space, experiment, accuracy, unit or technology file "
                    "(no such key at the top)",
                    document->file));
}

Action define_describe(CLI::App& app, std::shared_ptr<Output> output) {
    auto file = std::make_shared<std::string>();
    app.add_option("FILE", *file, "a file, or the name of one, or of a DRAM standard")->required();
    return [=] {
        const auto standards = hw_space::dram_standard_names();
        const bool is_standard = std::ranges::find(standards, *file) != standards.end();
        const auto description =
            is_standard ? describe_standard(*file) : describe(core::read_document(find_any(*file)));
        print(*output, output->format == Format::json  ? json_text(description.json())
                       : output->format == Format::csv ? description.csv()
                                                       : description.text());
        return good;
    };
}

}  // namespace dyad::codesign
