// SPDX-License-Identifier: Apache-2.0
#include "models/import/timeloop.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "models/import/timeloop_reader.hpp"
#include "models/kernel_file.hpp"
#include "models/mapping_file.hpp"

namespace dyad::models {

namespace timeloop {

namespace {

std::string energy(core::Joules e) { return fmt::format("{} pJ", e.count() * 1e12); }

std::string level_yaml(const hw_space::MemoryLevel& level) {
    auto text = fmt::format("  - {{name: {}", level.name);
    if (level.instances > 1) text += fmt::format(", instances: {}, columns: {}", level.instances, level.columns);
    if (level.capacity.count() > 0) text += fmt::format(", capacity: {} words", level.capacity.count());
    text += fmt::format(", word_bits: {}", level.word_bits);
    for (const auto& [key, rate] : {std::pair{"read_rate", level.read_rate}, std::pair{"write_rate", level.write_rate},
                                    std::pair{"shared_rate", level.shared_rate}})
        if (rate > 0) text += fmt::format(", {}: {}", key, rate);
    return text + fmt::format(", read_energy: {}, write_energy: {}}}\n", energy(level.read_energy),
                              energy(level.write_energy));
}

std::string constraint_yaml(const hw_space::MappingConstraint& c) {
    using Kind = hw_space::MappingConstraint::Kind;
    auto text = fmt::format("  - {{level: {}", c.level);
    if (c.kind == Kind::keeps)
        return text + fmt::format(", keep: [{}], bypass: [{}]}}\n", fmt::join(c.keep, ", "), fmt::join(c.bypass, ", "));
    std::vector<std::string> factors;
    for (const auto& [dim, factor] : c.factors) factors.push_back(fmt::format("{}: {}", dim, factor));
    text += fmt::format(", {}: {{{}}}", c.kind == Kind::temporal ? "temporal" : "spatial", fmt::join(factors, ", "));
    if (!c.order.empty()) text += fmt::format(", order: [{}]", fmt::join(c.order, ", "));
    if (c.columns) text += fmt::format(", columns: [{}]", fmt::join(*c.columns, ", "));
    return text + "}\n";
}

}  // namespace

std::string accelerator_yaml(const Architecture& architecture) {
    const auto& h = architecture.hierarchy;
    auto text = fmt::format(
        "accelerator: {}\n# The imported files give no node and no clock; only times and areas depend on these two.\n"
        "technology: 16nm\nclock: 1 GHz\n"
        "# Runs what multipliers cannot, such as pooling; not a part of the imported design.\n"
        "host: {{rate: 20 Gop/s, link: 4 GB/s, launch: 20 us}}\nhierarchy:\n",
        architecture.name);
    for (const auto& level : h.levels) text += level_yaml(level);
    text += fmt::format("multiplier: {{instances: {}, columns: {}, bits: {}, energy: {}}}\n", h.multipliers,
                        h.multiplier_columns, h.multiplier_bits, energy(h.multiply_energy));
    if (!h.constraints.empty()) text += "constraints:\n";
    for (const auto& constraint : h.constraints) text += constraint_yaml(constraint);
    return text;
}

}  // namespace timeloop

namespace {

using timeloop::Foreign;

/// The sections of all files together, each of which may stand in any of them.
struct Sections {
    std::vector<std::shared_ptr<const core::Document>> documents;
    std::optional<Foreign> architecture, problem, mapping;
    std::vector<Foreign> constraints;
    std::set<std::string> unread;
};

/// Sections of the tool that say how it searches and where its energies come from.
constexpr std::array unread_sections{"mapper",
                                     "ert",
                                     "art",
                                     "components",
                                     "compound_components",
                                     "globals",
                                     "variables",
                                     "include",
                                     "layout",
                                     "energy_reference_table",
                                     "sparse_optimizations",
                                     "version"};

void place(std::optional<Foreign>& section, const Foreign& value) {
    if (section) value.fail("given twice");
    section = value;
}

void sort_out(const Foreign& root, Sections& sections) {
    for (const auto& [name, value] : root.entries()) {
        const auto key = timeloop::spelt(name);
        if (key == "architecture" || key == "arch")
            place(sections.architecture, value);
        else if (key == "problem")
            place(sections.problem, value);
        else if (key == "mapping")
            place(sections.mapping, value);
        else if (key.find("constraints") != std::string::npos || key == "mapspace")
            sections.constraints.push_back(value);
        else if (std::ranges::find(unread_sections, key) != unread_sections.end())
            sections.unread.insert(name);
        else
            value.fail("unknown section: expected architecture, problem, mapping or constraints");
    }
}

Sections read_sections(const std::vector<std::filesystem::path>& files, core::Errors& errors) {
    Sections all;
    for (const auto& file : files) {
        all.documents.push_back(core::read_document(file));
        sort_out(Foreign(*all.documents.back(), errors), all);
    }
    if (!all.architecture) errors.add("no file has a top-level key 'architecture'");
    if (!all.problem) errors.add("no file has a top-level key 'problem'");
    return all;
}

std::vector<std::string> remarks(const Sections& sections, const timeloop::Architecture& architecture) {
    std::vector<std::string> all;
    if (!sections.unread.empty()) all.push_back(fmt::format("sections not read: {}", fmt::join(sections.unread, ", ")));
    if (!architecture.unread.empty())
        all.push_back(fmt::format("attributes not read: {}", fmt::join(architecture.unread, ", ")));
    return all;
}

}  // namespace

ImportedDesign import_timeloop(const std::vector<std::filesystem::path>& files) {
    core::Errors errors;
    const auto sections = read_sections(files, errors);
    errors.throw_if_any();
    auto architecture = timeloop::read_architecture(*sections.architecture);
    const auto problem = timeloop::read_problem(*sections.problem);
    errors.throw_if_any();
    for (const auto& value : sections.constraints)
        for (auto& target : timeloop::read_targets(value, architecture, problem))
            architecture.hierarchy.constraints.push_back(std::move(target));
    std::vector<hw_space::MappingConstraint> targets;
    if (sections.mapping) targets = timeloop::read_targets(*sections.mapping, architecture, problem);
    errors.throw_if_any();
    ImportedDesign design;
    if (sections.mapping) {
        const auto mapping = timeloop::to_mapping(*sections.mapping, targets, architecture, problem);
        std::vector<std::string> levels;
        for (const auto& level : architecture.hierarchy.levels) levels.push_back(level.name);
        design.mapping = mapping_yaml(mapping, problem.nest, levels);
    }
    errors.throw_if_any();
    design.accelerator = timeloop::accelerator_yaml(architecture);
    design.kernel = kernel_yaml(problem.name, problem.nest);
    design.remarks = remarks(sections, architecture);
    return design;
}

}  // namespace dyad::models
