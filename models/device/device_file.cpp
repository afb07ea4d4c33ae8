// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/value.hpp"
#include "models/device/doubt.hpp"

namespace dyad::models {
namespace {

constexpr double huge = 1e18;

std::string optional_text(core::Object& object, const std::string& key) {
    const auto value = object.find(key);
    return value ? value->text() : "";
}

Platform parse_platform(const core::Value& value) {
    core::Object o(value);
    Platform p;
    p.kind = o.require("kind", "gpu, cpu or npu")
                 .one_of<Platform::Kind>(
                     {{"gpu", Platform::Kind::gpu}, {"cpu", Platform::Kind::cpu}, {"npu", Platform::Kind::npu}});
    p.units = o.require("units", "a number of multiprocessors or cores").number(1, 1e6);
    p.peak = o.require("peak", "multiplications and additions a second")
                 .quantity(core::OpsPerSecond(1e6), core::OpsPerSecond(huge));
    p.bandwidth = o.require("bandwidth", "a bandwidth").quantity(core::BytesPerSecond(1e6), core::BytesPerSecond(huge));
    p.cache = o.require("cache", "a size").quantity(core::Bytes(0), core::Bytes(1ULL << 40));
    if (const auto power = o.find("power")) p.power = power->quantity(core::Watts(1e-3), core::Watts(1e5));
    if (const auto process = o.find("process")) p.process = process->number(1, 1000);
    if (const auto bytes = o.find("bytes_per_element")) p.bytes_per_element = bytes->number(0.125, 16);
    return p;
}

WorkClass class_key(const std::string& key, const core::Value& value) {
    const auto kind = find_work_class(key);
    if (!kind) value.fail(fmt::format("'{}' is no class of kernels", key));
    return kind.value_or(WorkClass::conv);
}

std::vector<double> numbers(const core::Value& value) {
    std::vector<double> list;
    for (const auto& item : value.list()) list.push_back(item.number(-1e15, 1e15));
    return list;
}
std::vector<double> numbers(const core::Value& value, std::size_t count) {
    auto list = numbers(value);
    if (list.size() != count) value.fail(fmt::format("expected {} numbers, got {}", count, list.size()));
    list.resize(count);
    return list;
}

Physics parse_physics(const core::Value& value) {
    core::Object o(value);
    auto physics = typical_physics();
    for (std::size_t p = 0; p < Physics::count; ++p) {
        const auto pair = numbers(o.require(std::string(parameter_name(p)), "[value, relative standard error]"), 2);
        if (!(pair[0] > 0)) value.fail(fmt::format("{} must be greater than 0", parameter_name(p)));
        physics.value[p] = pair[0] > 0 ? pair[0] : 1;
        physics.spread[p] = pair[1];
    }
    return physics;
}

Calibration::Kind parse_kind(const core::Value& value) {
    core::Object o(value);
    Calibration::Kind kind;
    const auto features = network_features({}, {{Work{}}}, 1).size();
    kind.middle = numbers(o.require("middle", "features"), features);
    kind.width = numbers(o.require("width", "of the features"), features);
    kind.reach = o.require("reach", "a distance").number(1e-9, 1e9);
    if (std::ranges::any_of(kind.width, [](double w) { return w <= 0; })) value.fail("expected widths greater than 0");
    return kind;
}

void parse_models(core::Object& o, Calibration& c, const std::filesystem::path& folder) {
    if (const auto trees = o.find("trees"))
        for (const auto& [key, value] : trees->map().entries()) {
            const auto file = folder / std::filesystem::path(value.text()).filename();
            auto& place = key == "network" ? c.network : key == "spread" ? c.spread : c.trees[class_key(key, value)];
            place = Trees::read(core::read_file(file, 64 << 20), file.string());
        }
    if (const auto points = o.find("correction"))
        for (const auto& point : points->list()) {
            const auto list = numbers(point, place_size + 1);
            Correction::Point p{.weight = list[place_size]};
            std::copy_n(list.begin(), place_size, p.place.begin());
            c.correction.points.push_back(p);
        }
    if (const auto kinds = o.find("kinds"))
        for (const auto& [key, value] : kinds->map().entries()) c.kinds[key] = parse_kind(value);
    if (const auto bands = o.find("interval"))
        for (const auto& [key, value] : bands->map().entries()) {
            const auto pair = numbers(value, 2);
            if (pair[0] > pair[1]) value.fail("expected the lower end first");
            c.bands[key] = {pair[0], pair[1]};
        }
}

/// Whether a device file's calibration has a transfer, told without reading the devices that this names: they may name
/// each other.
bool transferred(const core::Document& document) {
    for (const auto& top : document.root.entries)
        if (top.key == "calibration")
            return std::ranges::any_of(top.value.entries, [](const auto& entry) { return entry.key == "transfer"; });
    return false;
}

std::shared_ptr<const Device> known_device(const std::string& name, const std::filesystem::path& folder,
                                           const core::Value& value) {
    const auto beside = folder / (std::filesystem::path(name).filename().string() + ".yaml");
    const auto document =
        core::read_document(std::filesystem::is_regular_file(beside) ? beside : core::find_config(name, "devices"));
    auto device = std::make_shared<Device>();
    if (!transferred(*document)) *device = read_device(*document);
    if (!device->calibration) value.fail(fmt::format("'{}' is no device with a calibration of its own", name));
    return device;
}

Transfer parse_transfer(const core::Value& value, const std::filesystem::path& folder) {
    Transfer transfer;
    core::Object o(value);
    for (const auto& [name, v] : o.require("sources", "[weight, share] by device").map().entries()) {
        const auto pair = numbers(v, 2);
        transfer.sources.push_back({name, pair[0], pair[1], known_device(name, folder, v)});
    }
    for (const auto& [kind, v] : o.require("kinds", "factors by kind of kernel").map().entries())
        transfer.kinds[kind] = v.number(0, 1e15);
    return transfer;
}

Calibration parse_calibration(const core::Value& value, const std::filesystem::path& folder) {
    core::Object o(value);
    Calibration c;
    c.model = o.require("model", "physical, learned, transfer or datasheet")
                  .one_of<const char*>({{"physical", "physical"},
                                        {"learned", "learned"},
                                        {"transfer", "transfer"},
                                        {"datasheet", "datasheet"}});
    c.rows = static_cast<std::uint64_t>(o.require("rows", "a number of rows").integer(0, 1LL << 40));
    c.holdout = o.require("holdout", "a share").number(0, 1);
    for (const auto kind : work_classes) c.physics.emplace(kind, typical_physics());
    for (const auto& [key, v] : o.require("physics", "parameters by class").map().entries())
        c.physics[class_key(key, v)] = parse_physics(v);
    if (const auto from = o.find("taken_from"))
        for (const auto& [key, v] : from->map().entries()) c.taken_from[class_key(key, v)] = v.text();
    for (const auto& [kind, from] : c.taken_from) set_spread_as_taken(c.physics.at(kind), from);
    parse_models(o, c, folder);
    if (const auto transfer = o.find("transfer")) c.transfer = parse_transfer(*transfer, folder);
    if (const auto errors = o.find("errors"))
        for (const auto& [key, v] : errors->map().entries()) {
            const auto e = numbers(v, 6);
            c.errors[key] = {static_cast<std::size_t>(std::max(0., e[0])), e[1], e[2], e[3], e[4], e[5]};
        }
    if (const auto noise = o.find("noise"))
        for (const auto& [key, v] : noise->map().entries()) {
            const auto n = numbers(v, 6);
            c.noise[key] = {.rows = static_cast<std::size_t>(std::max(0., n[0])),
                            .groups = static_cast<std::size_t>(std::max(0., n[1])),
                            .mean = n[2],
                            .within_10 = n[3],
                            .table_10 = n[4],
                            .steady_10 = n[5]};
        }
    if (const auto coverage = o.find("coverage"))
        for (const auto& [key, v] : coverage->map().entries()) c.coverage[key] = v.number(0, 1);
    return c;
}

/// Trees that were learned from other features would be walked out of their bounds.
void check_trees(const Device& device, const std::string& file) {
    const auto check = [&](std::string_view kind, const Trees& trees, std::size_t expected) {
        if (!trees.empty() && trees.features() != expected)
            throw core::Error(fmt::format("{}: calibration.trees.{}: they know {} features, expected {}", file, kind,
                                          trees.features(), expected));
    };
    for (const auto& [kind, trees] : device.calibration->trees) {
        Work work;
        work.kind = kind;
        check(name(kind), trees, kernel_features(device.platform, work, 1).size());
    }
    const auto expected = network_features(device.platform, {{Work{}}}, 1).size();
    check("network", device.calibration->network, expected);
    check("spread", device.calibration->spread, expected);
}

std::string physics_text(const Calibration& c) {
    std::string text = "  physics:  # value, relative standard error\n";
    for (const auto& [kind, physics] : c.physics) {
        text += fmt::format("    {}: {{", name(kind));
        for (std::size_t p = 0; p < Physics::count; ++p)
            text += fmt::format("{}{}: [{:.6g}, {:.2g}]", p == 0 ? "" : ", ", parameter_name(p), physics.value[p],
                                physics.spread[p]);
        text += "}\n";
    }
    return text;
}

std::map<std::string, const Trees*> all_trees(const Calibration& c) {
    std::map<std::string, const Trees*> all;
    for (const auto& [kind, trees] : c.trees) all[std::string(name(kind))] = &trees;
    if (!c.network.empty()) all["network"] = &c.network;
    if (!c.spread.empty()) all["spread"] = &c.spread;
    return all;
}

std::string transfer_text(const Transfer& transfer) {
    if (transfer.empty()) return "";
    std::string text =
        "  transfer:  # known devices: weight, share of their mean; factors of that mean\n    sources:\n";
    for (const auto& s : transfer.sources)
        text += fmt::format("      {}: [{:.6g}, {:.6g}]\n", s.name, s.weight, s.share);
    text += "    kinds:\n";
    for (const auto& [kind, factor] : transfer.kinds) text += fmt::format("      {}: {:.6g}\n", kind, factor);
    return text;
}

std::string models_text(const Calibration& c, const std::string& stem) {
    std::string text;
    if (!c.taken_from.empty()) text += "  taken_from:  # classes that the rows lack\n";
    for (const auto& [kind, from] : c.taken_from) text += fmt::format("    {}: {}\n", name(kind), from);
    if (!all_trees(c).empty()) text += "  trees:\n";
    for (const auto& [kind, trees] : all_trees(c)) text += fmt::format("    {0}: {1}.{0}.trees\n", kind, stem);
    if (!c.correction.points.empty()) text += "  correction:  # place of a kernel, weight\n";
    for (const auto& p : c.correction.points) {
        text += "    - [";
        for (const double at : p.place) text += fmt::format("{:.4g}, ", at);
        text += fmt::format("{:.5g}]\n", p.weight);
    }
    return text;
}

std::string calibration_text(const Calibration& c, const std::string& stem) {
    auto text = fmt::format("calibration:\n  model: {}\n  rows: {}\n  holdout: {}\n", c.model, c.rows, c.holdout);
    if (!c.errors.empty())
        text += "  errors:  # held out: rows, mean absolute, median, 90th percentile, share within 10 %, Spearman\n";
    for (const auto& [key, e] : c.errors)
        text += fmt::format("    {}: [{}, {:.4f}, {:.4f}, {:.4f}, {:.4f}, {:.4f}]\n", key, e.rows, e.mean, e.median,
                            e.p90, e.within_10, e.spearman);
    if (!c.coverage.empty()) text += "  coverage:  # of the 90 % interval, held out\n";
    for (const auto& [key, share] : c.coverage) text += fmt::format("    {}: {:.4f}\n", key, share);
    text += "  interval:  # of log(measured / predicted), 90 %\n";
    for (const auto& [key, band] : c.bands) text += fmt::format("    {}: [{:.5f}, {:.5f}]\n", key, band.low, band.high);
    if (!c.kinds.empty()) text += "  kinds:  # of measured networks, by their features\n";
    for (const auto& [key, kind] : c.kinds)
        text += fmt::format("    {}: {{reach: {:.5g}, middle: [{:.5g}],\n      width: [{:.5g}]}}\n", key, kind.reach,
                            fmt::join(kind.middle, ", "), fmt::join(kind.width, ", "));
    if (!c.noise.empty())
        text +=
            "  noise:  # rows of equal kernels: rows, groups, mean distance from the mean, share within 10 %; share of "
            "all "
            "rows within 10 % of a table\n"
            "          # of kernels fitted to them, and that without drift\n";
    for (const auto& [key, n] : c.noise)
        text += fmt::format("    {}: [{}, {}, {:.4f}, {:.4f}, {:.4f}, {:.4f}]\n", key, n.rows, n.groups, n.mean,
                            n.within_10, n.table_10, n.steady_10);
    return text + physics_text(c) + transfer_text(c.transfer) + models_text(c, stem);
}

void parse_sources(core::Object& o, Device& device) {
    device.note = optional_text(o, "note");
    device.framework = optional_text(o, "framework");
    device.provenance = optional_text(o, "provenance");
    device.caveats = optional_text(o, "caveats");
    if (const auto names = o.find("measured_as"))
        for (const auto& item : names->list()) device.measured_as.push_back(item.text());
    if (const auto columns = o.find("columns"))
        for (const auto& [key, value] : columns->map().entries())
            device.columns[key] = static_cast<std::uint64_t>(value.integer(1, 1 << 20));
    if (const auto dead = o.find("runs_dead_branches")) device.runs_dead_branches = dead->flag();
    if (const auto siblings = o.find("siblings"))
        for (const auto& item : siblings->list()) device.siblings.push_back(item.text());
}

}  // namespace

Device read_device(const core::Document& document) {
    core::Errors errors;
    Device device;
    {
        core::Object o(core::Value(document, nullptr, errors));
        device.name = o.require("device", "the device's name").text();
        const auto platform = o.require("platform", "what its datasheet says");
        if (!platform.is_null()) device.platform = parse_platform(platform);
        parse_sources(o, device);
        if (const auto calibration = o.find("calibration"))
            device.calibration = parse_calibration(*calibration, std::filesystem::path(document.file).parent_path());
    }
    errors.throw_if_any();
    device.platform.power_limits = device.calibration && device.calibration->model == "datasheet";
    if (device.calibration) check_trees(device, document.file);
    device.head = document.root;
    std::erase_if(device.head.entries, [](const auto& entry) { return entry.key == "calibration"; });
    return device;
}

void write_device(const Device& device, const std::filesystem::path& file) {
    std::string text = "# SPDX-License-Identifier: Apache-2.0\n" + core::to_yaml(device.head);
    const auto stem = file.stem().string();
    if (device.calibration) {
        for (const auto& [kind, trees] : all_trees(*device.calibration))
            core::write_file(file.parent_path() / fmt::format("{}.{}.trees", stem, kind), trees->bytes());
        text += calibration_text(*device.calibration, stem);
    }
    core::write_file(file, text);
}

}  // namespace dyad::models
