// SPDX-License-Identifier: Apache-2.0
#include "arch_space/accuracy/table.hpp"

#include <set>

#include "core/value.hpp"

namespace dyad::arch_space {
namespace {

double number(core::Object& object, const char* key, double min, double max) {
    return object.require(key, "a number").number(min, max);
}

/// The features that a family's networks share.
Features read_shape(const core::Value& value) {
    auto shape = value.map();
    Features features;
    features.depth = number(shape, "spatial", 1, 1000);
    features.large = number(shape, "large", 0, features.depth) / features.depth;
    features.shortcuts = shortcut_share(number(shape, "shortcuts", 0, 1000), features.depth);
    const double gates = number(shape, "squeeze", 0, features.depth) / features.depth;
    features.refinement = (gates + number(shape, "swish", 0, 1)) / 2;
    features.dense = number(shape, "dense", 0, 1);
    return features;
}

Published read_network(const core::Value& value, const Published& family) {
    auto object = value.map();
    Published row = family;
    row.name = object.require("name", "a name").text();
    row.top1 = number(object, "top1", 0.1, 99.9);
    if (const auto int8 = object.find("int8")) row.int8 = int8->number(0.1, 99.9);
    row.features.macs = 1e6 * number(object, "mmacs", 0.01, 1e6);
    row.features.parameters = 1e6 * number(object, "mparams", 0.001, 1e5);
    row.features.resolution = number(object, "resolution", 8, 4096);
    return row;
}

void read_family(const core::Value& value, AccuracyTable& table) {
    auto object = value.map();
    Published family;
    family.family = object.require("family", "a name").text();
    family.source = object.require("source", "where the numbers are from").text();
    family.features = read_shape(object.require("shape", "a map"));
    family.features.classes = table.classes;
    const auto networks = object.require("networks", "a list");
    for (const auto& item : networks.list()) table.rows.push_back(read_network(item, family));
}

void check(const core::Value& families, const AccuracyTable& table) {
    std::set<std::string> names, kinds;
    for (const auto& row : table.rows) {
        kinds.insert(row.family);
        if (!names.insert(row.name).second) families.fail("network '" + row.name + "' occurs twice");
    }
    if (kinds.size() < 3 || table.rows.size() < 20)
        families.fail("expected at least 20 networks of at least 3 families to fit");
}

void read_model(core::Object& file, AccuracyTable& table) {
    auto model = file.require("model", "exponent, ridge, source").map();
    table.exponent = number(model, "exponent", 0.01, 2);
    table.ridge = number(model, "ridge", 1e-6, 1e6);
    (void)model.require("source", "how they were chosen").text();
    auto int4 = file.require("int4", "drop, spread, source").map();
    table.int4_drop = number(int4, "drop", 0, 100);
    table.int4_spread = number(int4, "spread", 0, 100);
    (void)int4.require("source", "where the numbers are from").text();
}

}  // namespace

AccuracyTable read_accuracy_table(const core::Document& document) {
    core::Errors errors;
    AccuracyTable table;
    {
        auto file = core::Value(document, nullptr, errors).map();
        table.name = file.require("accuracy", "the name of the table").text();
        table.unit = file.require("unit", "such as \"%\"").text();
        table.classes = number(file, "classes", 2, 1e6);
        read_model(file, table);
        const auto families = file.require("families", "a list of families of networks");
        for (const auto& item : families.list()) read_family(item, table);
        if (errors.empty()) check(families, table);
    }
    errors.throw_if_any();
    return table;
}

}  // namespace dyad::arch_space
