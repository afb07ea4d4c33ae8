// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/error.hpp"
#include "hw_space/kernel_operators.hpp"
#include "hw_space/parse.hpp"

namespace dyad::hw_space {
namespace {

using core::Bytes, core::Precision;

constexpr std::int64_t most_parts = 1 << 24;
constexpr double fastest = 1e7;

double optional_rate(core::Object& object, const std::string& key) {
    const auto value = object.find(key);
    return value ? value->number(1e-3, fastest) : 0;
}

std::string parse_operator(const core::Value& item) {
    auto op = item.text();
    if (!item.is_scalar() || std::ranges::find(kernel_operators, op) != std::end(kernel_operators)) return op;
    const std::vector<std::string> known(std::begin(kernel_operators), std::end(kernel_operators));
    item.fail(fmt::format("there is no operator '{}'{} (known: {})", core::shortened(op), core::did_you_mean(op, known),
                          fmt::join(known, ", ")));
    return op;
}

void parse_accepted(core::Object& object, CustomUnit& unit) {
    const auto operators = object.require("operators", "a list of operators such as [depthwise_conv]");
    for (const auto& item : operators.list()) unit.operators.push_back(parse_operator(item));
    if (operators.is_list() && unit.operators.empty()) operators.fail("expected at least one operator");
    unit.kernels = parse_sizes(object, "kernels", 31);
    unit.strides = parse_sizes(object, "strides", 31);
    unit.dilations = parse_sizes(object, "dilations", 31);
    if (const auto list = object.find("precisions"))
        for (const auto& item : list->list()) unit.precisions.push_back(parse_precision(item));
    if (const auto value = object.find("at_most")) {
        constexpr std::int64_t most = std::int64_t{1} << 40;
        auto limits = value->map();
        unit.at_most = {.groups = optional_count(limits, "groups", 0, 1, most),
                        .pixels = optional_count(limits, "pixels", 0, 1, most),
                        .channels = optional_count(limits, "channels", 0, 1, most),
                        .filters = optional_count(limits, "filters", 0, 1, most),
                        .inputs = optional_count(limits, "inputs", 0, 1, most)};
    }
}

void parse_tile(core::Object& object, CustomUnit& unit) {
    if (const auto value = object.find("tile")) {
        auto sizes = value->map();
        for (const char* dim : {"N", "G", "K", "C", "P", "Q", "R", "S"})
            if (const auto size = sizes.find(dim))
                unit.tile.emplace_back(dim, static_cast<std::uint64_t>(size->integer(1, 4096)));
    }
    if (const auto cycles = object.find("cycles_per_tile")) {
        unit.cycles_per_tile = cycles->number(1e-3, 1e6);
        if (unit.tile.empty()) cycles->fail("there is no tile whose cycles these are");
    }
}

void parse_rates(core::Object& object, CustomUnit& unit) {
    unit.operations_per_cycle = optional_rate(object, "operations_per_cycle");
    unit.elements_per_cycle = optional_rate(object, "elements_per_cycle");
    parse_tile(object, unit);
    if (unit.operations_per_cycle == 0 && unit.elements_per_cycle == 0 && unit.tile.empty())
        object.fail("missing rate (one of operations_per_cycle, elements_per_cycle, tile)");
    unit.passes = optional_count(object, "passes", 0, 1, 1 << 20);
    if (const auto skips = object.find("skips_masked")) unit.skips_masked = skips->flag();
    unit.launch = parse_launch(object);
    unit.start_up = parse_launch(object, "start_up");
}

std::uint64_t extent(const CustomUnit& unit, std::string_view dims) {
    std::uint64_t product = 1;
    for (const auto& [name, size] : unit.tile)
        if (dims.find(name) != std::string_view::npos) product *= size;
    return product;
}

void check_port(const core::Value& port, const char* way, double words, Precision precision, const std::string& claim,
                Bytes width) {
    const double needed = words * core::bits(precision) / 8;
    if (width.count() == 0 || needed <= static_cast<double>(width.count())) return;
    port.fail(fmt::format("{} takes {:g} B a cycle {}, but the port is {} wide", claim, needed, way, to_text(width)));
}

/// Operators whose results are fewer than what they read.
bool reduces(const std::string& op) { return op == "pool" || op == "farthest_point_sampling"; }

/// A word that enters serves `reuse` operations or tiles. Where sums gather over channels, what leaves depends on the
/// kernel; depthwise windows and elements leave as they are finished.
void check_claims(const core::Value& port, const CustomUnit& unit, double reuse) {
    auto operand = unit.precisions.empty() ? unit.precision : unit.precisions.front();
    for (const auto each : unit.precisions)
        if (core::bits(each) > core::bits(operand)) operand = each;
    const auto in = [&](double words, const std::string& claim) {
        check_port(port, "in", words, operand, claim, unit.port_in);
    };
    const auto out = [&](double words, const std::string& claim) {
        check_port(port, "out", words, operand, claim, unit.port_out);
    };
    if (const double rate = unit.operations_per_cycle; rate > 0)
        in(rate / reuse, fmt::format("a rate of {:g} operations a cycle, {:g} for each word,", rate, reuse));
    if (const double rate = unit.elements_per_cycle; rate > 0) {
        const auto claim = fmt::format("a rate of {:g} elements a cycle", rate);
        in(rate, claim);
        if (std::ranges::none_of(unit.operators, reduces)) out(rate, claim);
    }
    if (unit.tile.empty()) return;
    const auto claim = fmt::format("a rate of a tile in {:g} cycles", unit.cycles_per_tile);
    const auto share = [&](std::string_view dims) {
        return static_cast<double>(extent(unit, dims)) / unit.cycles_per_tile;
    };
    in(share("NGCPQ") / reuse, claim);
    if (std::ranges::all_of(unit.operators, [](const auto& op) { return op == "depthwise_conv"; }))
        out(share("NGKPQ"), claim);
}

void parse_ports(core::Object& object, CustomUnit& unit) {
    unit.bandwidth = optional_quantity(object, "bandwidth", core::BytesPerSecond(0), core::BytesPerSecond(1),
                                       core::BytesPerSecond(1e14));
    const auto reuse = object.find("reuse");
    const double words = reuse ? reuse->number(1e-3, 1e9) : 1;
    const auto value = object.find("ports");
    if (!value) return;
    const std::size_t errors = value->errors().messages().size();
    {
        auto ports = value->map();
        unit.port_in = required_quantity(ports, "in", Bytes(1), Bytes(1 << 20));
        unit.port_out = required_quantity(ports, "out", Bytes(1), Bytes(1 << 20));
    }
    if (value->errors().messages().size() == errors) check_claims(*value, unit, words);
}

void parse_registers(const core::Value& value, UnitParts& parts) {
    auto registers = value.map();
    parts.registers = required_quantity(registers, "size", Bytes(1), Bytes(1 << 30));
    parts.register_bytes = optional_quantity(registers, "per_cycle", parts.registers, Bytes(0), parts.registers);
}

void parse_sram(const core::Value& value, UnitParts& parts) {
    auto sram = value.map();
    parts.sram = required_quantity(sram, "size", Bytes(1), Bytes(1 << 30));
    parts.sram_width = required_quantity(sram, "width", Bytes(1), Bytes(4096));
    parts.sram_banks = static_cast<unsigned>(optional_count(sram, "banks", 1, 1, 4096));
    if (parts.sram.count() < parts.sram_banks * parts.sram_width.count())
        sram.fail(fmt::format("size {} is less than one access to each of {} banks of width {}", to_text(parts.sram),
                              parts.sram_banks, to_text(parts.sram_width)));
}

UnitParts parse_parts(const core::Value& value) {
    auto object = value.map();
    UnitParts parts{.multipliers = optional_count(object, "multipliers", 0, 0, most_parts),
                    .adders = optional_count(object, "adders", 0, 0, most_parts),
                    .tables = optional_count(object, "tables", 0, 0, most_parts)};
    if (const auto registers = object.find("registers")) parse_registers(*registers, parts);
    if (const auto sram = object.find("sram")) parse_sram(*sram, parts);
    return parts;
}

/// Either what its file says, or what its components say.
void parse_cost(core::Object& object, CustomUnit& unit) {
    const auto components = object.find("components");
    if (components) {
        unit.parts = parse_parts(*components);
        if (!unit.tile.empty() && unit.parts->multipliers == 0)
            components->fail(
                fmt::format("missing multipliers: the tile makes {:g} products a cycle", unit.macs_per_cycle()));
        for (const char* given : {"energy_per_operation", "area"})
            if (const auto value = object.find(given)) value->fail("the components say it already; give one of them");
        return;
    }
    unit.energy_per_operation = required_quantity(object, "energy_per_operation", core::Joules(0), core::Joules(1e-6));
    unit.area = required_quantity(object, "area", core::SquareMillimetres(0), core::SquareMillimetres(1000));
}

}  // namespace

Engine parse_custom_unit(const core::Value& value) {
    CustomUnit unit;
    auto object = value.map();
    unit.name = parse_name(object, "");
    if (unit.name.empty()) (void)object.require("name", "a name");
    if (const auto precision = object.find("precision")) unit.precision = parse_precision(*precision);
    unit.accumulate = parse_accumulate(object, unit.precision);
    parse_accepted(object, unit);
    parse_rates(object, unit);
    parse_ports(object, unit);
    parse_cost(object, unit);
    if (const auto source = object.find("source")) unit.source = source->text();
    if (const auto plugin = object.find("plugin"))
        unit.plugin = (std::filesystem::path(plugin->document().file).parent_path() / plugin->text()).string();
    return unit;
}

double CustomUnit::macs_per_cycle() const {
    if (tile.empty()) return operations_per_cycle;
    double product = 1;
    for (const auto& dim : tile) product *= static_cast<double>(dim.second);
    return product / cycles_per_tile;
}

double CustomUnit::port_cycles(double in_bytes, double out_bytes, core::Hertz clock) const {
    const auto over = [](double bytes, double width) { return width > 0 ? bytes / width : 0; };
    return std::max({over(in_bytes, static_cast<double>(port_in.count())),
                     over(out_bytes, static_cast<double>(port_out.count())),
                     over(in_bytes + out_bytes, bandwidth.count() / clock.count())});
}

}  // namespace dyad::hw_space
