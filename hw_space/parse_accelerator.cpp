// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/files.hpp"
#include "hw_space/parse.hpp"

namespace dyad::hw_space {
namespace {

using core::Hertz, core::Volts;

constexpr Hertz slowest{1e5}, fastest{1e11};

bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

void parse_technology(core::Object& object, Accelerator& chip) {
    const auto value = object.require("technology", "a node such as 16nm");
    const auto node = value.text();
    if (node.empty()) return;
    try {
        chip.technology = technology(core::find_config(node, "technology", value.document().file).string());
    } catch (const core::Error& error) {
        value.fail(error.what());
    }
}

/// The lowest operating point that reaches the clock, or nothing.
const OperatingPoint* lowest_point(const Technology& node, Hertz clock) {
    for (const auto& point : node.points)
        if (clock <= point.max_clock) return &point;
    return nullptr;
}

void choose_voltage(const core::Value& clock, Accelerator& chip) {
    const Technology& node = *chip.technology;
    if (const auto* point = lowest_point(node, chip.clock)) {
        chip.voltage = point->voltage;
        return;
    }
    const auto& top = node.points.back();
    clock.fail(fmt::format("{} is above the limit of {}: {} at {}", to_text(chip.clock), node.name,
                           to_text(top.max_clock), to_text(top.voltage)));
}

void check_voltage(const core::Value& voltage, const core::Value& clock, Accelerator& chip) {
    const Technology& node = *chip.technology;
    chip.voltage = voltage.quantity(node.points.front().voltage, node.points.back().voltage);
    const Hertz limit = node.max_clock(chip.voltage);
    if (chip.clock > limit)
        clock.fail(fmt::format("{} is above the limit of {}: {} at {}", to_text(chip.clock), node.name, to_text(limit),
                               to_text(chip.voltage)));
}

void parse_clock(core::Object& object, Accelerator& chip) {
    const auto clock = object.require("clock", std::string(core::expected_quantity<Hertz>()));
    const auto voltage = object.find("voltage");
    const std::size_t errors = clock.errors().messages().size();
    chip.clock = clock.quantity(slowest, fastest);
    if (chip.technology == nullptr || clock.errors().messages().size() > errors) return;
    if (voltage)
        check_voltage(*voltage, clock, chip);
    else
        choose_voltage(clock, chip);
}

void parse_parts(core::Object& object, Accelerator& chip) {
    auto [dram, buffers] = parse_memories(object.require("memory", "a list: one dram, then buffers"));
    chip.dram = std::move(dram);
    chip.buffers = std::move(buffers);
    const auto cores = object.find("cores"), engines = object.find("engines");
    if (cores) parse_cores(*cores, chip);
    if (cores && engines) engines->fail("every engine belongs to a core: list them under cores");
    if (!cores) chip.engines = parse_engines(object.require("engines", "a list of engines"));
}

void parse_explicit(core::Object& object, const core::Value& levels, Accelerator& chip) {
    chip.hierarchy =
        parse_hierarchy(levels, object.require("multiplier", "instances, bits and energy"), object.find("constraints"));
    if (chip.hierarchy) build_from(*chip.hierarchy, chip);
}

void parse_host(core::Object& object, Accelerator& chip) {
    const auto value = object.find("host");
    if (!value) {
        chip.host.rate = core::OpsPerSecond(0);
        return;
    }
    auto host = value->map();
    chip.host.rate = optional_quantity(host, "rate", chip.host.rate, core::OpsPerSecond(1e3), core::OpsPerSecond(1e16));
    chip.host.link =
        optional_quantity(host, "link", chip.host.link, core::BytesPerSecond(1e3), core::BytesPerSecond(1e13));
    chip.host.launch = optional_quantity(host, "launch", chip.host.launch, core::Seconds(0), core::Seconds(10));
}

void check_names(const core::Value& value, const Accelerator& chip) {
    std::set<std::string> seen{chip.dram.name, "host"};
    const auto check = [&](const std::string& name) {
        if (!seen.insert(name).second) value.fail("the name '" + name + "' is used twice; give one a `name`");
    };
    for (const auto& buffer : chip.buffers) check(buffer.name);
    for (const auto& engine : chip.engines) check(name(engine));
}

}  // namespace

std::string parse_name(core::Object& object, const std::string& fallback) {
    const auto value = object.find("name");
    if (!value) return fallback;
    const auto name = value->text();
    if (value->is_scalar() && !is_name(name))
        value->fail("expected a name of letters, digits, '_', '-' and '.', got '" + core::shortened(name) + "'");
    return name;
}

std::uint64_t optional_count(core::Object& object, const std::string& key, std::uint64_t fallback, std::int64_t min,
                             std::int64_t max) {
    const auto value = object.find(key);
    return value ? static_cast<std::uint64_t>(value->integer(min, max)) : fallback;
}

std::uint64_t required_count(core::Object& object, const std::string& key, std::int64_t min, std::int64_t max) {
    const auto value = object.require(key, "a whole number");
    return static_cast<std::uint64_t>(value.integer(min, max));
}

std::optional<Accelerator> parse_accelerator(const core::Value& value) {
    const std::size_t errors = value.errors().messages().size();
    Accelerator chip;
    {
        auto object = value.map();
        chip.name = object.require("accelerator", "the name of the design").text();
        parse_technology(object, chip);
        parse_clock(object, chip);
        if (const auto levels = object.find("hierarchy"))
            parse_explicit(object, *levels, chip);
        else
            parse_parts(object, chip);
        if (const auto dma = object.find("dma")) chip.dma = parse_dma(*dma);
        if (const auto network = object.find("network")) chip.network = parse_network(*network);
        parse_host(object, chip);
        chip.clock_network =
            optional_quantity(object, "clock_network", core::Joules(0), core::Joules(1e-15), core::Joules(1e-6));
        if (const auto note = object.find("note")) chip.note = note->text();
        check_names(value, chip);
    }
    if (value.errors().messages().size() > errors) return std::nullopt;
    return chip;
}

Accelerator read_accelerator(const core::Document& document) {
    core::Errors errors;
    auto chip = parse_accelerator(core::Value(document, nullptr, errors));
    errors.throw_if_any();
    return std::move(*chip);
}

}  // namespace dyad::hw_space
