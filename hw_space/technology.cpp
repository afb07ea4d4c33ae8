// SPDX-License-Identifier: Apache-2.0
#include "hw_space/technology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>

#include "core/files.hpp"
#include "core/value.hpp"
#include "hw_space/table_reader.hpp"

namespace dyad::hw_space {
namespace {

using core::Joules, core::SquareMillimetres, core::Volts, core::Watts;

constexpr Volts least_voltage{0.2}, largest_voltage{2.0};
constexpr Joules no_energy{0}, large_energy{1e-6};
constexpr SquareMillimetres no_area{0}, large_area{1};
constexpr Watts no_power{0}, large_power{1};

double square(double x) { return x * x; }

Joules access_energy(const SramAccess& fit, core::Bytes bank, std::uint64_t bits) {
    const double b = static_cast<double>(bank.count());
    const double w = static_cast<double>(bits);
    return fit.per_bit * w + fit.per_root * std::sqrt(b * w) + fit.per_bit_root * (w * std::sqrt(b));
}

/// The prefix of the node's name: 16 of "16nm"; 0 when it has none.
double node_of(const std::string& name) {
    double node = 0;
    std::size_t digits = 0;
    while (digits < name.size() && digits < 4 && name[digits] >= '0' && name[digits] <= '9')
        node = node * 10 + (name[digits++] - '0');
    return name.substr(digits) == "nm" ? node : 0;
}

void read_name(core::Object& file, Technology& node) {
    const auto name = file.require("technology", "a name such as 16nm");
    node.name = name.text();
    node.node_nm = node_of(node.name);
    if (node.node_nm <= 0) name.fail("expected a name such as 16nm, got '" + node.name + "'");
}

void read_voltage(core::Object& file, Technology& node) {
    auto section = file.require("nominal_voltage", "value and source").map();
    TableReader table(section, "nominal_voltage", source_of(section), node.constants);
    node.nominal_voltage = table.quantity("value", least_voltage, largest_voltage, "V");
}

void read_points(core::Object& file, Technology& node) {
    auto section = file.require("operating_points", "points and source").map();
    const std::string source = source_of(section);
    const auto points = section.require("points", "a list of voltages with their fastest clock");
    for (const auto& value : points.list()) {
        auto point = value.map();
        TableReader table(point, fmt::format("operating_point[{}]", node.points.size()), source, node.constants);
        const auto voltage = table.quantity("voltage", least_voltage, largest_voltage, "V");
        const auto clock = table.quantity("max_clock", core::Hertz(1e6), core::Hertz(2e10), "Hz");
        if (!node.points.empty() && (voltage <= node.points.back().voltage || clock < node.points.back().max_clock))
            value.fail("expected voltages that rise, and clocks that do not fall");
        node.points.push_back({voltage, clock});
    }
    if (points.is_list() && node.points.size() < 3) points.fail("expected at least 3 operating points");
}

OperationCost read_operation(core::Object& section, const std::string& name, const std::string& source,
                             const std::string& area_source, std::vector<core::Constant>& constants) {
    auto row = section.require(name, "multiply, add, multiply_area, add_area").map();
    TableReader energy(row, "arithmetic." + name, source, constants);
    TableReader area(row, "arithmetic." + name, area_source, constants);
    return {.multiply = energy.quantity("multiply", no_energy, large_energy, "J"),
            .add = energy.quantity("add", no_energy, large_energy, "J"),
            .multiply_area = area.quantity("multiply_area", no_area, large_area, "mm2"),
            .add_area = area.quantity("add_area", no_area, large_area, "mm2")};
}

void read_arithmetic(core::Object& file, Technology& node) {
    auto section = file.require("arithmetic", "a map of precisions").map();
    const std::string source = source_of(section);
    const std::string area_source = source_of(section, "area_source");
    for (unsigned p = 0; p <= static_cast<unsigned>(core::Precision::fp32); ++p) {
        const std::string name(core::name(static_cast<core::Precision>(p)));
        node.operations.push_back(read_operation(section, name, source, area_source, node.constants));
    }
}

void read_registers(core::Object& file, Technology& node) {
    auto section = file.require("registers", "energy and area of one bit").map();
    TableReader table(section, "registers", source_of(section), node.constants);
    node.register_energy_per_bit = table.quantity("energy", no_energy, large_energy, "J");
    node.register_area_per_bit = table.quantity("area", no_area, large_area, "mm2");
}

SramAccess read_access(core::Object& section, const std::string& key, const std::string& source,
                       std::vector<core::Constant>& constants) {
    auto fit = section.require(key, "per_bit, per_root, per_bit_root").map();
    TableReader table(fit, "sram." + key, source, constants);
    return {.per_bit = table.quantity("per_bit", no_energy, large_energy, "J"),
            .per_root = table.quantity("per_root", no_energy, large_energy, "J"),
            .per_bit_root = table.quantity("per_bit_root", no_energy, large_energy, "J")};
}

void read_sram_area(core::Object& section, const std::string& source, Technology& node) {
    auto area = section.require("area", "per_byte, per_bit_root").map();
    TableReader table(area, "sram.area", source, node.constants);
    node.sram.area_per_byte = table.quantity("per_byte", no_area, large_area, "mm2");
    node.sram.area_per_bit_root = table.quantity("per_bit_root", no_area, large_area, "mm2");
}

void read_sram_leakage(core::Object& section, Technology& node) {
    auto leakage = section.require("leakage", "per_byte, per_root").map();
    TableReader table(leakage, "sram.leakage", source_of(section, "leakage_source"), node.constants);
    node.sram.leakage_per_byte = table.quantity("per_byte", no_power, large_power, "W");
    node.sram.leakage_per_root = table.quantity("per_root", no_power, large_power, "W");
}

void read_sram(core::Object& file, Technology& node) {
    auto section = file.require("sram", "the fit of a bank").map();
    const std::string source = source_of(section);
    TableReader table(section, "sram", source, node.constants);
    node.sram.voltage = table.quantity("voltage", least_voltage, largest_voltage, "V");
    node.sram.read_fit = read_access(section, "read", source, node.constants);
    node.sram.write_fit = read_access(section, "write", source, node.constants);
    read_sram_area(section, source, node);
    read_sram_leakage(section, node);
    auto errors = section.require("fit_error", "mean relative errors").map();
    TableReader fit(errors, "sram.fit_error", source, node.constants);
    for (const char* key : {"read", "write", "area", "leakage"}) (void)fit.number(key, 0, 1);
}

void read_rest(core::Object& file, Technology& node) {
    auto wires = file.require("wires", "energy of a bit over a millimetre").map();
    node.wire_energy_per_bit_mm =
        TableReader(wires, "wires", source_of(wires), node.constants).quantity("energy", no_energy, large_energy, "J");
    auto logic = file.require("logic", "leakage of a square millimetre").map();
    node.logic_leakage_per_mm2 =
        TableReader(logic, "logic", source_of(logic), node.constants).quantity("leakage", no_power, large_power, "W");
    auto overhead = file.require("overhead", "area and energy").map();
    node.area_overhead =
        TableReader(overhead, "overhead", source_of(overhead, "area_source"), node.constants).number("area", 0, 10);
    node.energy_overhead =
        TableReader(overhead, "overhead", source_of(overhead, "energy_source"), node.constants).number("energy", 0, 10);
}

}  // namespace

double port_area_factor(unsigned ports) {
    const double pitch = 5.0 * (std::max(ports, 1u) - 1);
    return (10.0 + pitch) * (14.6 + pitch) / (10.0 * 14.6);
}

// Bit lines and word lines grow with the sides of the cell, the energy with them.
Joules Sram::read(core::Bytes bank, std::uint64_t bits, unsigned ports, Volts at) const {
    return access_energy(read_fit, bank, bits) * (square(at / voltage) * std::sqrt(port_area_factor(ports)));
}

Joules Sram::write(core::Bytes bank, std::uint64_t bits, unsigned ports, Volts at) const {
    return access_energy(write_fit, bank, bits) * (square(at / voltage) * std::sqrt(port_area_factor(ports)));
}

SquareMillimetres Sram::area(core::Bytes bank, std::uint64_t bits, unsigned ports) const {
    const double b = static_cast<double>(bank.count());
    const auto single = area_per_byte * b + area_per_bit_root * (static_cast<double>(bits) * std::sqrt(b));
    return single * port_area_factor(ports);
}

Watts Sram::leakage(core::Bytes bank, std::uint64_t bits, unsigned ports, Volts at) const {
    const double b = static_cast<double>(bank.count());
    const auto single = leakage_per_byte * b + leakage_per_root * std::sqrt(b * static_cast<double>(bits));
    return single * (at / voltage * std::sqrt(port_area_factor(ports)));
}

double Technology::energy_scale(Volts at) const { return square(at / nominal_voltage); }

core::Hertz Technology::max_clock(Volts at) const {
    if (at <= points.front().voltage) return points.front().max_clock;
    for (std::size_t i = 1; i < points.size(); ++i) {
        if (at > points[i].voltage) continue;
        const auto& low = points[i - 1];
        const double share = (at - low.voltage) / (points[i].voltage - low.voltage);
        return low.max_clock + (points[i].max_clock - low.max_clock) * share;
    }
    return points.back().max_clock;
}

Technology read_technology(const core::Document& document) {
    core::Errors errors;
    Technology node;
    {
        auto file = core::Value(document, nullptr, errors).map();
        read_name(file, node);
        read_voltage(file, node);
        read_points(file, node);
        read_arithmetic(file, node);
        read_registers(file, node);
        read_sram(file, node);
        read_rest(file, node);
    }
    errors.throw_if_any();
    return node;
}

std::shared_ptr<const Technology> technology(const std::string& name) {
    static std::mutex lock;
    static std::vector<std::pair<std::filesystem::path, std::shared_ptr<const Technology>>> loaded;
    const auto file = core::find_config(name, "technology");
    const std::lock_guard guard(lock);
    for (const auto& [path, node] : loaded)
        if (path == file) return node;
    loaded.emplace_back(file, std::make_shared<const Technology>(read_technology(*core::read_document(file))));
    return loaded.back().second;
}

}  // namespace dyad::hw_space
