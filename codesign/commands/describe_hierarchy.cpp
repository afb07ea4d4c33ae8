// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/describe_hierarchy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/energy.hpp"

namespace dyad::codesign {
namespace {

using hw_space::MemoryLevel;
using Json = Description::Json;

Json rate(double words) { return words > 0 ? Json(words) : Json("any"); }

Description::Section levels(const hw_space::ExplicitHierarchy& hierarchy) {
    Description::Section all{"hierarchy",
                             {"level", "instances", "columns", "capacity_words", "word_bits", "read_words_per_cycle",
                              "write_words_per_cycle", "shared_words_per_cycle"},
                             {}};
    for (const auto& l : hierarchy.levels)
        all.rows.push_back({l.name, l.instances, l.columns,
                            l.capacity.count() > 0 ? Json(l.capacity.count()) : Json("any"), l.word_bits,
                            rate(l.read_rate), rate(l.write_rate), rate(l.shared_rate)});
    all.rows.push_back({"multipliers", hierarchy.multipliers, hierarchy.multiplier_columns, "",
                        hierarchy.multiplier_bits, "", "", ""});
    return all;
}

Description::Section energies(const hw_space::ExplicitHierarchy& hierarchy) {
    Description::Section all{"constants", {"name", "value", "unit", "source"}, {}};
    for (const auto& one : models::given_energies(hierarchy))
        all.rows.push_back({one.name, one.value, one.unit, one.source});
    return all;
}

/// Energy of one cycle of all instances at their rates. A multiply-accumulate reads three words and writes one, which
/// bounds what a level without a rate moves.
core::Joules busy_cycle(const MemoryLevel& level, std::uint64_t multipliers) {
    const auto most = static_cast<double>(multipliers) / static_cast<double>(level.instances);
    const auto reads = level.read_rate > 0 ? level.read_rate : 3 * most;
    const auto writes = level.write_rate > 0 ? level.write_rate : most;
    const auto words = level.shared_rate > 0 ? level.shared_rate : reads + writes;
    // Within a shared rate, as much as it can of what takes the more energy.
    const bool read_first = level.read_energy > level.write_energy;
    const auto read = read_first ? std::min(reads, words) : std::min(reads, words - std::min(writes, words));
    const auto write = std::min(writes, words - read);
    return static_cast<double>(level.instances) * (read * level.read_energy + write * level.write_energy);
}

Description::Section power(const hw_space::Accelerator& chip) {
    const auto& hierarchy = *chip.hierarchy;
    Description::Section all{"peak_power", {"component", "dynamic_w", "leakage_w"}, {}};
    const auto add = [&](const std::string& name, core::Joules cycle) {
        all.rows.push_back({name, cycle.count() * chip.clock.count(), 0.0});
    };
    for (std::size_t l = 1; l < hierarchy.levels.size(); ++l)  // the outermost is not on the chip
        add(hierarchy.levels[l].name, busy_cycle(hierarchy.levels[l], hierarchy.multipliers));
    add("multipliers", static_cast<double>(hierarchy.multipliers) * hierarchy.multiply_energy);
    return all;
}

}  // namespace

Description describe_hierarchy(const hw_space::Accelerator& chip, Description d) {
    Description::Section area{"area", {"component", "area_mm2"}, {}};
    for (const auto& part : models::area_parts(chip)) area.rows.push_back({part.component, part.area.count()});
    auto peak = power(chip);
    double dynamic = 0;
    for (const auto& row : peak.rows) dynamic += row[1].get<double>();
    d.facts["dram"] = chip.dram.name;
    d.facts["peak_dynamic_power_w"] = dynamic;
    d.facts["leakage_power_w"] = 0.0;
    d.facts["energies"] = "those of the file, in map and in simulate: no leakage, wires, adders or DRAM background";
    d.facts["simulated_as"] =
        "one array: levels of one instance are its buffers, the others the storage of its elements";
    d.sections = {std::move(area), std::move(peak), energies(*chip.hierarchy), levels(*chip.hierarchy)};
    return d;
}

}  // namespace dyad::codesign
