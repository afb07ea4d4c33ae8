// SPDX-License-Identifier: Apache-2.0
#include "codesign/commands/describe_technology.hpp"

#include "hw_space/technology.hpp"

namespace dyad::codesign {
namespace {

Description::Section constants_section() { return {"constants", {"name", "value", "unit", "source"}, {}}; }

void add(Description::Section& section, const std::vector<core::Constant>& constants) {
    for (const auto& c : constants) section.rows.push_back({c.name, c.value, c.unit, c.source});
}

/// Bytes a second of one channel.
double peak(const hw_space::DramStandard& dram) { return dram.transfers_per_s * dram.bus_bits / 8; }

}  // namespace

Description describe_technology(const core::Document& document) {
    const auto node = hw_space::read_technology(document);
    Description d{"technology", node.name, {}, {}};
    d.facts = {{"nominal_voltage", core::to_text(node.nominal_voltage)},
               {"area_overhead", node.area_overhead},
               {"energy_overhead", node.energy_overhead}};
    Description::Section points{"operating_points", {"voltage_v", "max_clock_hz", "dynamic_energy"}, {}};
    for (const auto& point : node.points)
        points.rows.push_back({point.voltage.count(), point.max_clock.count(), node.energy_scale(point.voltage)});
    auto constants = constants_section();
    add(constants, node.constants);
    d.sections = {std::move(constants), std::move(points)};
    return d;
}

Description describe_standards(const core::Document& document) {
    Description d{"technology", "dram", Description::Json::object(), {}};
    Description::Section standards{"standards", {"name", "channel_bytes_per_s", "rank_bytes", "banks"}, {}};
    auto constants = constants_section();
    for (const auto& dram : hw_space::read_dram_standards(document)) {
        standards.rows.push_back({dram.name, peak(dram), dram.capacity.count(), dram.bank_groups * dram.banks});
        add(constants, dram.constants);
    }
    d.sections = {std::move(standards), std::move(constants)};
    return d;
}

Description describe_standard(const std::string& name) {
    const auto dram = hw_space::dram_standard(name);
    Description d{"technology", name, {}, {}};
    d.facts = {{"channel_bytes_per_s", peak(*dram)},
               {"rank_bytes", dram->capacity.count()},
               {"banks", dram->bank_groups * dram->banks}};
    auto constants = constants_section();
    add(constants, dram->constants);
    d.sections = {std::move(constants)};
    return d;
}

}  // namespace dyad::codesign
